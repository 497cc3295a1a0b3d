import { isOver, type Machine, type Operation } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { judgeOperation, mostRestarts, type Repair } from '../../lib/rules/reconcile.ts'
import { failOperation } from '../fail-operation.ts'
import { operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { abortPromotion } from '../promotion/abort-promotion.ts'
import { failRelease } from '../release/fail-release.ts'
import { failureOf, type Step, type StepFailure, type StepInput } from '../step.ts'
import { type Sweeping, writeRepair } from './repair.ts'

type Cleaning = (ports: Ports) => Step<StepInput & { readonly failure: StepFailure }>

/** What a machine calls when all else has failed. */
const cleaning: { readonly [kind in Machine]: Cleaning } = {
  release: failRelease,
  promotion: abortPromotion,
  rollback: failOperation,
  retirement: failOperation,
}

/**
 * Start a machine anew for an operation whose machine has died, or end the operation where that was tried often enough
 * or its time is over. Every machine first reads how far its operation is, and goes on there.
 */
export async function tendOperation(sweeping: Sweeping, operation: Operation): Promise<Repair[]> {
  const { ports, now, patience, dryRun } = sweeping
  const { id, kind, model, version, alias } = operation
  const isRunning = await ports.workflows.isRunning(operation)
  const finding = judgeOperation(operation, { isRunning, now, patience })
  if (finding === undefined) return []
  const { action, because: found } = finding
  const about = { model, version, ...(alias !== undefined && { alias }), operation: id, found }
  const restarts = (operation.restarts ?? 0) + 1
  const repair: Repair =
    action === 'restart'
      ? { ...about, kind: 'restarted', did: `it was started anew (${restarts} of ${mostRestarts})` }
      : { ...about, kind: 'ended', did: `the ${kind} was ended, and what it had begun undone` }
  if (dryRun) return [repair]
  const done =
    action === 'restart' ? await restart(ports, operation, repair) : await end(ports, operation, repair)
  if (!done) return []
  await writeRepair(sweeping, repair)
  return [repair]
}

/** @returns false where somebody else was faster */
async function restart({ registry, workflows, clock }: Ports, seen: Operation, { found, did }: Repair) {
  // Where it was written down and never started, or its first start was lost, this is its start.
  await workflows.start(seen)
  if (await workflows.isRunning(seen)) return true
  const line = { at: new Date(clock.now()).toISOString(), text: `${found}: ${did}` }
  const { executions, restarts = 0, progress } = seen
  const next = { ...seen, executions: executions + 1, restarts: restarts + 1, progress: [...progress, line] }
  if (!(await registry.replaceOperation(seen, next))) return false
  await workflows.start(next)
  return true
}

/** @returns false where somebody else was faster, or its endpoint cannot be removed yet */
async function end(ports: Ports, seen: Operation, { found }: Repair): Promise<boolean> {
  const { id, kind, executions, progress } = seen
  // Whoever notes this first ends it, and whoever comes after leaves it alone for a while.
  const line = { at: new Date(ports.clock.now()).toISOString(), text: `is ended: ${found}` }
  if (!(await ports.registry.replaceOperation(seen, { ...seen, progress: [...progress, line] }))) return false
  const failure = failureOf(new Problem('platform-fault', found))
  await cleaning[kind](ports)({ operation: id, execution: executions, failure })
  return isOver(await operationOf(ports, id))
}
