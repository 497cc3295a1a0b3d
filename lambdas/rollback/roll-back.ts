import { rollBack } from '../../lib/rules/alias-move.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { move } from '../moves.ts'
import type { Ports } from '../ports.ts'

/**
 * The one conditional write of a rollback by hand. The control API makes it before anything else, so that it waits
 * for no build and no start; the machine makes it again, to no effect, in case the control API died before.
 * @returns where the alias points now. @throws Problem `nothing-to-return-to`, `already-live`, `alias-unknown`
 */
export async function returnAlias(
  ports: Pick<Ports, 'registry' | 'clock'>,
  {
    id,
    model,
    alias = '',
    to,
    actor,
    reason,
    startedAt,
  }: Pick<Operation, 'id' | 'model' | 'alias' | 'actor' | 'reason' | 'to' | 'startedAt'>,
): Promise<string> {
  const { record } = await move(ports, model, (seen) => {
    if (seen.aliases[alias]?.by === id) return undefined
    const decided = rollBack(seen, alias, to, id)
    return {
      moved: decided.moved,
      // Called again when somebody has promoted since: that is not to be rolled back.
      once: { id, startedAt },
      happening: {
        kind: 'rolled-back',
        version: decided.to,
        from: decided.leaves,
        alias,
        actor,
        reason,
        operation: id,
      },
    }
  })
  return record.aliases[alias]?.stable ?? ''
}
