import { type Grant, maySee } from '../../lib/rules/access.ts'
import { newModel } from '../../lib/rules/alias-move.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import {
  abortedBy,
  pausedBy,
  type RolloutControl,
  refuseOver,
  resumedBy,
  type Seen,
  skippedBy,
} from '../../lib/rules/rollout-control.ts'
import { operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { takeBackAborted, writeUntold } from '../promotion/asked-of-rollout.ts'
import { promotionOf } from '../promotion/promotion.ts'
import { refuseUnlessMayMove } from './approvals.ts'

/** What somebody asks of a rollout. */
interface Wish {
  readonly actor: string
  readonly reason: string
  /** Skip: the step that was seen. */
  readonly step?: number
}

/**
 * The operation that a path names. @throws Problem `operation-unknown`, also where it is one of another model or alias
 * than the path says
 */
export async function operationOfPath(
  ports: Pick<Ports, 'registry'>,
  {
    id,
    model,
    alias,
  }: { readonly id: string; readonly model: string | undefined; readonly alias: string | undefined },
): Promise<Operation> {
  const operation = await operationOf(ports, id)
  if ((model ?? operation.model) === operation.model && (alias ?? operation.alias) === operation.alias)
    return operation
  throw new Problem('operation-unknown', `there is no operation ${shown(id)}`)
}

/** @throws Problem `operation-unknown` to whoever may not see it, `scope-missing` to whoever may not move the alias */
export function refuseUnlessMoving(
  grants: readonly Grant[] | undefined,
  { id, model, alias }: Operation,
  actor: string,
): void {
  if (!maySee(grants, model)) throw new Problem('operation-unknown', `there is no operation ${shown(id)}`)
  refuseUnlessMayMove(actor, grants, model, alias)
}

/**
 * Pause, resume, skip a step of, or abort a rollout. It holds when this returns: the operation says so, and the entry
 * that is written after it makes every move fail that was decided before.
 * @throws Problem what the rules of `rollout-control.ts` refuse
 */
export async function controlRollout(
  ports: Ports,
  control: RolloutControl,
  id: string,
  wish: Wish,
): Promise<Operation> {
  const changed = await changeRollout(ports, control, id, wish)
  await writeUntold(ports, changed)
  if (control !== 'abort') return changed
  const record = await takeBackAborted(ports, await promotionOf(ports, id))
  // All its traffic may have moved while this was asked for: then it is a promotion that is over.
  refuseOver({ ...changed, state: 'running' }, { record })
  await ports.workflows.start(changed)
  return changed
}

async function changeRollout(
  ports: Pick<Ports, 'registry' | 'clock'>,
  control: RolloutControl,
  id: string,
  { actor: by, reason, step = 0 }: Wish,
): Promise<Operation> {
  const rules = {
    pause: (seen: Operation, at: Seen) => pausedBy(seen, { by, reason }, at),
    resume: (seen: Operation, at: Seen) => resumedBy(seen, { by, reason }, at),
    skip: (seen: Operation, at: Seen) => skippedBy(seen, { by, reason }, step, at),
    abort: (seen: Operation, at: Seen) => abortedBy(seen, { by, reason }, at),
  }
  for (;;) {
    const seen = await operationOf(ports, id)
    // Of what was asked before, every entry stands before the next change is made: the history keeps their order.
    await writeUntold(ports, seen)
    const record = (await ports.registry.model(seen.model)) ?? newModel(seen.model)
    const next = rules[control](seen, { record, now: ports.clock.now() })
    if (next === seen || (await ports.registry.replaceOperation(seen, next))) return next
  }
}
