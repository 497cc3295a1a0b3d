import { rollBack } from '../../lib/rules/alias-move.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { move } from '../moves.ts'
import { begin, end } from '../operations.ts'
import type { Ports } from '../ports.ts'

/**
 * The one conditional write of a rollback by hand. The control API makes it before anything else, so that it waits
 * for no build and no start; the machine makes it again, to no effect, in case the control API died before.
 * @returns where the alias points now. @throws Problem `nothing-to-return-to`, `already-live`, `alias-unknown`, `moved-meanwhile`
 */
export async function returnAlias(
  ports: Pick<Ports, 'registry' | 'clock'>,
  {
    id,
    model,
    alias = '',
    to,
    onlyFrom,
    actor,
    reason,
    startedAt,
  }: Pick<Operation, 'id' | 'model' | 'alias' | 'actor' | 'reason' | 'to' | 'onlyFrom' | 'startedAt'>,
): Promise<string> {
  const { record } = await move(ports, model, (seen) => {
    if (seen.aliases[alias]?.by === id) return undefined
    const decided = rollBack(seen, alias, to, id)
    const isOther = onlyFrom !== undefined && decided.leaves !== onlyFrom
    return {
      ...(isOther && { refused: movedOn(alias, onlyFrom, decided.leaves) }),
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

function movedOn(alias: string, from: string, now: string): Problem {
  return new Problem(
    'moved-meanwhile',
    `'${alias}' was to return from ${from}, and serves ${now} by now: it stays there`,
  )
}

/** Rollback ends within this, or is a fault. */
const patienceMs = 15 * 60 * 1000

/** What a rollback is begun with. */
type Asking = Pick<
  Operation,
  'id' | 'model' | 'version' | 'from' | 'to' | 'onlyFrom' | 'alias' | 'actor' | 'reason'
>

/**
 * Write a rollback down, make its one conditional write here and now, then start the machine that probes and records. Begun
 * twice under one id, it is the same one.
 * @throws Problem as `returnAlias` does: the operation has failed then
 */
export async function beginRollback(
  ports: Pick<Ports, 'registry' | 'workflows' | 'clock'>,
  asked: Asking,
): Promise<Operation> {
  const now = ports.clock.now()
  const operation: Operation = {
    ...asked,
    kind: 'rollback',
    state: 'running',
    startedAt: new Date(now).toISOString(),
    deadline: now + patienceMs,
    progress: [],
    executions: 0,
  }
  // Written down first: if this process dies before the move, the machine makes it.
  await ports.registry.open(operation)
  try {
    await returnAlias(ports, operation)
  } catch (error) {
    if (isProblem(error)) await end(ports, operation.id, 'failed', error.message, error.facts)
    throw error
  }
  return begin(ports, operation)
}
