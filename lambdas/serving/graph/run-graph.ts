import type { Context } from '../../../lib/rules/graph/evaluation.ts'
import type { GraphPlan, PlannedNode } from '../../../lib/rules/graph/graph-plan.ts'
import type { GraphRun } from './graph-run.ts'
import { runStep } from './run-step.ts'
import { evaluated, stepProblem } from './step-values.ts'
import { follow, isStopped } from './stopping.ts'

/**
 * Run a graph for all records of a request at once: nodes that need nothing of each other at the same time, each asked
 * once with the records that need it. The first failure ends all others.
 * @returns one prediction a record
 * @throws Problem that names the node, its model and its version
 */
export async function runGraph(run: GraphRun, records: readonly unknown[]): Promise<readonly unknown[]> {
  const contexts: Record<string, unknown>[] = records.map((input) => ({ input }))
  const own = new AbortController()
  const unfollow = follow(run.signal, own)
  try {
    await runNodes({ ...run, signal: own.signal }, contexts, own)
    const answers: unknown[] = []
    for (const context of contexts) answers.push(await outputOf(run.plan, context))
    return answers
  } finally {
    unfollow()
  }
}

async function runNodes(run: GraphRun, contexts: Record<string, unknown>[], own: AbortController) {
  const running = new Map<string, Promise<void>>()
  let failure: unknown
  for (const node of run.plan.nodes) {
    const ended = runNode(run, node, contexts, running).catch((error: unknown) => {
      // What was stopped has not failed: something else did, and that is what is told.
      if (failure === undefined || (isStopped(failure) && !isStopped(error))) failure = error
      own.abort()
      throw error
    })
    running.set(node.name, ended)
  }
  await Promise.allSettled(running.values())
  if (failure !== undefined) throw failure
}

async function runNode(
  run: GraphRun,
  { name, step, needs }: PlannedNode,
  contexts: Record<string, unknown>[],
  running: ReadonlyMap<string, Promise<void>>,
): Promise<void> {
  await Promise.all(needs.map((need) => running.get(need)))
  const answers = await runStep(run, step, contexts)
  for (const [i, context] of contexts.entries()) context[name] = answers[i]
}

async function outputOf({ output }: GraphPlan, context: Context): Promise<unknown> {
  try {
    return await evaluated(output, context)
  } catch (error) {
    throw stepProblem('the output', '/output', error)
  }
}
