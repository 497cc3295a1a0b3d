import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import type { AskedNode, GraphPorts, GraphRun, Question } from '../../lambdas/serving/graph/graph-run.ts'
import { runGraph } from '../../lambdas/serving/graph/run-graph.ts'
import { type GraphDefinition, modelSteps, type Pin } from '../../lib/rules/graph/graph-definition.ts'
import { planGraph } from '../../lib/rules/graph/graph-plan.ts'
import { Problem } from '../../lib/rules/problem.ts'

/** How a model of the test behaves. */
export interface Behaviour {
  readonly answers: (x: number) => unknown
  readonly delayMs: number
  /** `flaky` fails the first time it is asked by a step. */
  readonly does: 'answer' | 'fail' | 'hang' | 'flaky'
}

/** One asking of a model. */
interface Asking {
  readonly at: string
  readonly from: number
  to?: number
  readonly signal: AbortSignal
  readonly records: number
}

/** What came of a graph, and what was seen of it. */
export interface Ran {
  readonly answers?: readonly unknown[]
  readonly error?: unknown
  readonly askings: readonly Asking[]
  readonly tookMs: number
  /** What was still there when it was over. */
  readonly left: { readonly sleepers: number; readonly unstopped: number; readonly listeners: number }
  readonly fallen: readonly string[]
}

/** Models and a clock in the test's hand: time goes on only when nothing else does. */
export async function runVirtually(
  definition: GraphDefinition,
  behaviours: Readonly<Record<string, Behaviour>>,
  records: readonly unknown[],
  withinMs: number,
): Promise<Ran> {
  let now = 0
  const sleepers: { readonly at: number; readonly wake: () => void; readonly signal: AbortSignal }[] = []
  const askings: Asking[] = []
  const fallen: string[] = []
  const sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((wake) => sleepers.push({ at: now + ms, wake, signal }))
  const ports: GraphPorts = {
    now: () => now,
    sleep,
    draw: () => 0.5,
    ask: async (node, question) => {
      const asking: Asking = {
        at: node.step.at,
        from: now,
        signal: question.signal,
        records: question.inputs.length,
      }
      askings.push(asking)
      const answers = await behave(node, question, behaviours, sleep, askings)
      asking.to = now
      return answers
    },
  }
  const controller = new AbortController()
  const run: GraphRun = {
    ports,
    plan: planGraph({ definition, pins: pinsOf(definition) }),
    trace: { asked: () => {}, fellBack: (at, choice) => fallen.push(`${at} ${choice}`) },
    until: withinMs,
    signal: controller.signal,
  }
  let over = false
  const ended = runGraph(run, records)
    .then(
      (answers) => ({ answers }),
      (error: unknown) => ({ error }),
    )
    .finally(() => {
      over = true
    })
  while (!over) {
    await turn()
    if (over) break
    const next = sleepers.filter(({ signal }) => !signal.aborted).toSorted((a, b) => a.at - b.at)[0]
    if (next === undefined) {
      await turn()
      if (over) break
      throw new Error('it hangs, and nothing would wake it')
    }
    sleepers.splice(sleepers.indexOf(next), 1)
    now = Math.max(now, next.at)
    next.wake()
  }
  const outcome = await ended
  const tookMs = now
  await turn()
  return {
    ...outcome,
    askings,
    tookMs,
    fallen,
    left: {
      sleepers: sleepers.filter(({ signal }) => !signal.aborted).length,
      unstopped: askings.filter(({ to, signal }) => to === undefined && !signal.aborted).length,
      listeners: getEventListeners(controller.signal, 'abort').length,
    },
  }
}

async function behave(
  { model, step }: AskedNode,
  { inputs, pick, signal }: Question,
  behaviours: Readonly<Record<string, Behaviour>>,
  sleep: GraphPorts['sleep'],
  askings: readonly Asking[],
): Promise<readonly unknown[]> {
  const { answers, delayMs, does } = behaviours[model] as Behaviour
  if (does === 'hang') return new Promise(() => {})
  await sleep(delayMs, signal)
  const times = askings.filter(({ at }) => at === step.at).length
  if (does === 'fail' || (does === 'flaky' && times === 1))
    throw new Problem('model-failed', `${model} fails as the test says`)
  return inputs.map((input) => {
    const { x } = input as { readonly x?: unknown }
    if (typeof x !== 'number') throw new Error(`${step.at} was asked without its input, pick ${pick}`)
    return answers(x)
  })
}

/** Versions that nobody looks up. */
export function pinsOf(definition: GraphDefinition): Record<string, Pin> {
  return Object.fromEntries(
    modelSteps(definition).map(({ at, model }) => [
      at,
      { model, version: '1.0.0', digest: `sha256:${model}` },
    ]),
  )
}
