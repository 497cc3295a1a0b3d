import type { Context } from '../../../lib/rules/graph/evaluation.ts'
import type { ModelStep } from '../../../lib/rules/graph/graph-definition.ts'
import { isProblem, Problem, type ProblemCode } from '../../../lib/rules/problem.ts'
import type { AskedNode, GraphRun, Question } from './graph-run.ts'
import { evaluated } from './step-values.ts'
import { follow, isStopped, unlessStopped } from './stopping.ts'

/** The longest pause before somebody is asked once more, in milliseconds. */
const longestPauseMs = 100

/** What asking once more will not mend: it would be asked the same, and say the same. */
const sameAgain: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'request-invalid',
  'body-too-large',
  'graph-failed',
  'version-retired',
  'version-unknown',
])

/** Ask a version for all records that need it, and once more where the step says so and that may help. */
export async function askModel(
  run: GraphRun,
  step: ModelStep,
  contexts: readonly Context[],
): Promise<readonly unknown[]> {
  const pin = run.plan.pinOf(step.at)
  if (pin === undefined) throw new Error('no version was resolved for it')
  const node: AskedNode = { ...pin, step }
  const inputs = await inputsOf(run, step, contexts)
  if (step.retry !== true) return ask(run, node, inputs, run.until)
  const { ports } = run
  const leftMs = run.until - ports.now()
  try {
    return await ask(run, node, inputs, ports.now() + leftMs / 2)
  } catch (error) {
    if (!isProblem(error) || sameAgain.has(error.code) || run.signal.aborted) throw error
    const pauseMs = ports.draw() * Math.min(longestPauseMs, (run.until - ports.now()) / 10)
    await unlessStopped(ports.sleep(pauseMs, run.signal), run.signal)
    return ask(run, node, inputs, run.until)
  }
}

async function inputsOf(
  run: GraphRun,
  { input }: ModelStep,
  contexts: readonly Context[],
): Promise<unknown[]> {
  // What is known only inside a map goes before what the whole graph was asked.
  if (input === undefined)
    return contexts.map((context) => (Object.hasOwn(context, 'item') ? context['item'] : context['input']))
  const evaluate = run.plan.evaluate(input)
  const values: unknown[] = []
  for (const context of contexts) values.push(await evaluated(evaluate, context))
  return values
}

/** Ask until a moment; from then on nobody waits, and whoever is asked is told. */
async function ask(
  { ports, trace, signal }: GraphRun,
  node: AskedNode,
  inputs: readonly unknown[],
  until: number,
): Promise<readonly unknown[]> {
  const began = ports.now()
  const timeoutMs = until - began
  const own = new AbortController()
  const unfollow = follow(signal, own)
  let isLate = false
  let failed = true
  try {
    if (timeoutMs <= 0) throw overdue(timeoutMs)
    void ports.sleep(timeoutMs, own.signal).then(() => {
      isLate = !own.signal.aborted
      own.abort()
    })
    const question: Question = { inputs, pick: node.step.input === undefined, timeoutMs, signal: own.signal }
    const answers = await unlessStopped(ports.ask(node, question), own.signal)
    if (answers.length !== inputs.length)
      throw new Problem('graph-failed', `it answered ${answers.length} of ${inputs.length} records`)
    failed = false
    return answers
  } catch (error) {
    // Whoever waits for the graph no longer cares whose fault it would have been.
    if (isStopped(error) && !isLate) throw error
    throw named(node, isLate ? overdue(timeoutMs) : error)
  } finally {
    unfollow()
    own.abort()
    trace.asked(node, ports.now() - began, failed)
  }
}

function overdue(timeoutMs: number): Problem {
  return new Problem(
    'model-timeout',
    timeoutMs > 0 ? `no answer within ${Math.round(timeoutMs)} ms` : 'its time was over before it was asked',
  )
}

/** What went wrong with a node, with its name. A request that a graph has made itself is no fault of its caller. */
function named({ step: { at, pointer }, model, version }: AskedNode, error: unknown): unknown {
  if (!isProblem(error)) {
    console.error(`node '${at}' could not be asked`, error)
    return new Problem('platform-fault', `node '${at}' (${model} ${version}) could not be asked`)
  }
  const code =
    error.code === 'request-invalid' || error.code === 'body-malformed' ? 'graph-failed' : error.code
  const told = new Problem(code, `node '${at}' (${model} ${version}): ${error.message}`, [
    { pointer, found: `${model} ${version}: ${error.message}`, allowed: 'an answer' },
    ...error.errors,
  ])
  if (error.retryAfterSeconds !== undefined) told.retryAfterSeconds = error.retryAfterSeconds
  return told
}
