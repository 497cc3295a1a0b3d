import type { DryRun } from '../../lambdas/control/dry-run.ts'
import type { Ports } from '../../lambdas/ports.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { Process } from '../harness/memory-world/faults.ts'
import type { Stage } from './stage.ts'

/** A process that answers one request, and may die over it. @returns what it answered, undefined where it died */
export async function inProcess<T>(
  { world }: Stage,
  who: string,
  act: (ports: Ports) => Promise<T>,
): Promise<T | undefined> {
  const process = new Process()
  world.processes.add(process)
  try {
    return await Promise.race([act(world.portsOf(process, who)), process.died.then(() => undefined)])
  } finally {
    world.processes.delete(process)
  }
}

/** Ask the control API for something: an answer is a promise, and a refusal one that nothing happens. @returns whether it was promised */
export async function ask(
  stage: Stage,
  what: string,
  act: (ports: Ports) => Promise<Operation | DryRun>,
): Promise<boolean> {
  const { ledger } = stage
  stage.hear(`asked: ${what}`)
  try {
    const operation = await inProcess(stage, what, act)
    if (operation !== undefined && !('dryRun' in operation)) {
      if (!ledger.acknowledged.has(operation.id)) ledger.count(`begun: ${operation.kind}`)
      ledger.acknowledged.set(operation.id, operation)
      return true
    }
    ledger.count('requests that died')
  } catch (error) {
    ledger.count(isProblem(error) ? `refused: ${error.code}` : 'requests that failed')
  }
  return false
}
