/**
 * What a graph costs over asking its nodes by hand with the same parallelism: `npm run bench:graphs -- [--calls 400] [--json]`.
 * A laptop's platform with small ONNX models and graphs of them, one caller at a time, graph and hand in turns, call by
 * call, so that whatever else the machine does befalls both. By hand means in this process: the same endpoints asked over
 * HTTP one after the other, or all at once, as an application would.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Agent, request } from 'undici'
import type { GraphPorts } from '../lambdas/serving/graph/graph-run.ts'
import { runGraph } from '../lambdas/serving/graph/run-graph.ts'
import { planGraph } from '../lib/rules/graph/graph-plan.ts'
import { parseGraph } from '../lib/rules/graph/graph-text.ts'
import { startPlatform } from '../local/platform.ts'
import { timesModel } from '../test/harness/onnx-models.ts'
import { dropRelease } from './harness/drop-release.ts'
import { type Aim, aimed, quantile } from './harness/figures.ts'
import { loadLine, machineLoad, say, wholeNumber } from './harness/talk.ts'

const { values: flags } = parseArgs({
  options: { calls: { type: 'string', default: '400' }, json: { type: 'boolean', default: false } },
})
const calls = wholeNumber('--calls', flags.calls)
const width = 10
const names = Array.from({ length: width }, (_, i) => `model${i}`)

const chain = `nodes:
${names.map((model, i) => `  n${i}: {model: ${model}, version: 1.0.0${i === 0 ? '' : `, input: n${i - 1}`}}`).join('\n')}
output: n${width - 1}
`
const branches = `nodes:
${names.map((model, i) => `  n${i}: {model: ${model}, version: 1.0.0}`).join('\n')}
output: '{${names.map((_, i) => `"y${i}": n${i}`).join(', ')}}'
`

const before = machineLoad()
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
const platform = await startPlatform({ home: join(folder, 'home'), port: 0 })
// By hand too, each goes by a connection of its own that is kept.
const agent = new Agent({ connections: width, pipelining: 1 })

async function ask(model: string, body: unknown): Promise<unknown> {
  const { statusCode, body: answer } = await request(`${platform.url}/models/${model}/invocations`, {
    method: 'POST',
    dispatcher: agent,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const json = (await answer.json()) as { predictions: unknown[] }
  if (statusCode !== 200) throw new Error(`${model} answered ${statusCode}: ${JSON.stringify(json)}`)
  return json.predictions[0]
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}

/** Ten branches of 20 ms each through the executor alone: how many times the slowest of them all of it takes. */
async function overTheSlowest(): Promise<number> {
  const { definition } = parseGraph(branches)
  const pins = Object.fromEntries(
    definition.nodes.map(({ name, step }) => [
      name,
      { model: step.kind === 'model' ? step.model : '', version: '1.0.0', digest: '' },
    ]),
  )
  const plan = planGraph({ definition, pins })
  const ratios: number[] = []
  for (let i = 0; i < 50; i += 1) {
    const took: number[] = []
    const ports: GraphPorts = {
      ask: async (_, { inputs }) => {
        took.push(await timed(() => pause(20)))
        return inputs.map(() => 1)
      },
      now: () => performance.now(),
      sleep: async (ms, signal) => {
        await pause(ms, undefined, { signal }).catch(() => new Promise(() => {}))
      },
      draw: () => 0.5,
    }
    const trace = { asked: () => {}, fellBack: () => {} }
    const { signal } = new AbortController()
    const all = await timed(() =>
      runGraph({ ports, plan, trace, until: performance.now() + 10_000, signal }, [{ x: 1 }]),
    )
    ratios.push(all / Math.max(...took))
  }
  return quantile(ratios, 0.5)
}

/** Two ways, turn by turn. */
async function inTurns(one: () => Promise<unknown>, other: () => Promise<unknown>) {
  const took: [number[], number[]] = [[], []]
  for (let i = 0; i < calls + 50; i += 1) {
    const [a, b] = i % 2 === 0 ? [await timed(one), await timed(other)] : await swapped(one, other)
    if (i < 50) continue
    took[0].push(a)
    took[1].push(b)
  }
  return took
}

async function swapped(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<[number, number]> {
  const b = await timed(other)
  return [await timed(one), b]
}

try {
  for (const [i, model] of names.entries())
    await dropRelease(platform, model, { 'model.onnx': timesModel(1 + i / 10) })
  await dropRelease(platform, 'chain', { 'graph.yaml': chain })
  await dropRelease(platform, 'branches', { 'graph.yaml': branches })
  say(`${calls} calls each way; ${width} nodes`)
  const byHandInTurn = async () => {
    let x: unknown = 1
    for (const model of names) x = await ask(model, { x })
  }
  const byHandAtOnce = () => Promise.all(names.map((model) => ask(model, { x: 1 })))
  const [sequence, sequenceByHand] = await inTurns(() => ask('chain', { x: 1 }), byHandInTurn)
  const [parallel, parallelByHand] = await inTurns(() => ask('branches', { x: 1 }), byHandAtOnce)
  const each = (took: readonly number[], hand: readonly number[], share: number) =>
    (quantile(took, share) - quantile(hand, share)) / width
  const aims: Aim[] = [
    {
      what: 'a node of a sequence, over by hand, p50',
      value: each(sequence, sequenceByHand, 0.5),
      unit: 'ms',
      atMost: 0.3,
    },
    {
      what: 'a node of a sequence, over by hand, p99',
      value: each(sequence, sequenceByHand, 0.99),
      unit: 'ms',
      atMost: 0.3,
    },
    {
      what: 'a branch of ten, over by hand, p50',
      value: each(parallel, parallelByHand, 0.5),
      unit: 'ms',
      atMost: 0.3,
    },
    {
      what: 'a branch of ten, over by hand, p99',
      value: each(parallel, parallelByHand, 0.99),
      unit: 'ms',
      atMost: 0.3,
    },
    {
      what: 'ten branches of 20 ms, over the slowest of them',
      value: await overTheSlowest(),
      unit: '×',
      atMost: 1.2,
    },
    { what: 'ten at once by a graph, p50', value: quantile(parallel, 0.5), unit: 'ms' },
    { what: 'ten at once by hand, p50', value: quantile(parallelByHand, 0.5), unit: 'ms' },
    { what: 'ten in turn by a graph, p50', value: quantile(sequence, 0.5), unit: 'ms' },
    { what: 'ten in turn by hand, p50', value: quantile(sequenceByHand, 0.5), unit: 'ms' },
  ]
  const after = machineLoad()
  if (flags.json) console.log(JSON.stringify({ calls, width, before, after, aims }))
  else {
    for (const aim of aims) console.log(aimed(aim))
    console.log(loadLine({ before, after }))
  }
} finally {
  await agent.close()
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
}
