/**
 * One model in every stack: a random forest of 30 features by scikit-learn in Flask and gunicorn, in FastAPI, in
 * MLServer, in Sluice with and without batches, and as ONNX in Sluice with all that it does to a request. Rounds are
 * interleaved, servers on one core and the load on another. `npm run bench:serving -- [--rounds 5] [--seconds 2]
 * [--stacks flask-gunicorn,sluice-python] [--json]`. Linux, with wrk.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Answers, answersOf, instances, largestDifference } from './harness/agreement.ts'
import { type Aim, aimed, columns, isReached, median, plain } from './harness/figures.ts'
import { mlserverStacks } from './harness/mlserver-stack.ts'
import { gunicornStack, peerStacks, preparePeers } from './harness/peer-stacks.ts'
import { atRest, processorMicroseconds } from './harness/process-tree.ts'
import { sluiceStackNames, sluiceStacks } from './harness/sluice-stacks.ts'
import { chosen, cores, type Stack, type StackProcess } from './harness/stack.ts'
import { loadLine, machineLoad, say, wholeNumber } from './harness/talk.ts'
import { load, requireWrk } from './harness/wrk.ts'

const fixture = join(import.meta.dirname, '..', 'test', 'fixtures', 'breast-cancer')
const tolerance = 1e-5
/** What a process of Node compiles while it serves is no cost of a call that comes later. */
const warmUpSeconds = 3
const connectionCounts = [32, 1] as const
type Connections = (typeof connectionCounts)[number]

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    stacks: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = wholeNumber('--rounds', flags.rounds)
const seconds = wholeNumber('--seconds', flags.seconds)

const measures = ['microsecondsPerRequest', 'p50Ms', 'p99Ms', 'perSecond'] as const
type Measure = (typeof measures)[number]

/** What one stack came to in one round. */
type Measured = Readonly<Record<Measure | 'errors', number>>
/** By stack, one entry a round. */
type Results = ReadonlyMap<Connections, ReadonlyMap<string, Measured[]>>

/** How a stack fares: nothing but `void` where an answer was none. */
interface Row {
  readonly name: string
  readonly medians?: Readonly<Record<Measure, number>>
  /** Medians of what each round came to in proportion to gunicorn's in the same round. */
  readonly ratios?: Readonly<Record<Measure, number>>
  readonly void?: string
}

/** @throws Error where the stacks do not agree: then nothing is to be compared */
async function agree(stacks: readonly Stack[]): Promise<string> {
  const rows = JSON.parse(await readFile(join(fixture, 'rows.json'), 'utf8')) as number[][]
  const { probabilities } = JSON.parse(await readFile(join(fixture, 'expected.json'), 'utf8')) as {
    probabilities: Answers
  }
  const all = [probabilities]
  for (const stack of stacks)
    all.push(await served(stack, (server) => answersOf(server, rows, stack.protocol)))
  const difference = largestDifference(all)
  if (!(difference <= tolerance))
    throw new Error(`the stacks differ by ${difference}, and ${tolerance} is allowed: nothing was measured`)
  return `${rows.length} rows, ${stacks.length} stacks and the fixture's own answers: they differ by ${difference.toPrecision(2)} at most`
}

/** The file with the one request that each stack gets, by its name. */
async function bodiesIn(folder: string, stacks: readonly Stack[]): Promise<ReadonlyMap<string, string>> {
  const [row = []] = JSON.parse(await readFile(join(fixture, 'rows.json'), 'utf8')) as number[][]
  const bodies = new Map<string, string>()
  for (const [i, { name, protocol = instances }] of stacks.entries()) {
    const body = join(folder, `body-${i}.json`)
    await writeFile(body, protocol.bodyOf(row))
    bodies.set(name, body)
  }
  return bodies
}

async function measureRounds(
  stacks: readonly Stack[],
  bodies: ReadonlyMap<string, string>,
): Promise<Results> {
  const perStack = () => new Map<string, Measured[]>(stacks.map(({ name }) => [name, []]))
  const results = new Map(connectionCounts.map((connections) => [connections, perStack()]))
  for (let round = 0; round < rounds; round += 1) {
    // Each begins in turn, so that none always has the same neighbour.
    const order = stacks.map((_, i) => stacks[(i + round) % stacks.length] as Stack)
    for (const stack of order)
      await served(stack, async (server) => {
        for (const connections of connectionCounts) {
          const measured = await measure(server, bodies.get(stack.name) ?? '', connections)
          results.get(connections)?.get(stack.name)?.push(measured)
        }
      })
    say(`round ${round + 1} of ${rounds} is done`)
  }
  return results
}

async function measure(server: StackProcess, body: string, connections: Connections): Promise<Measured> {
  const asked = { url: `${server.url}${server.path}`, body, connections, core: cores.load }
  const warm = await load({ ...asked, seconds: warmUpSeconds })
  // What wrk left unanswered is still being worked on, and is not to be in the account of what follows.
  await atRest(server.pid)
  const before = processorMicroseconds(server.pid)
  const { answers, errors, ...told } = await load({ ...asked, seconds })
  const used = processorMicroseconds(server.pid) - before
  return { ...told, microsecondsPerRequest: used / answers, errors: warm.errors + errors }
}

/** A fresh process of a stack, for as long as it is used. */
async function served<T>(stack: Stack, use: (server: StackProcess) => Promise<T>): Promise<T> {
  const server = await stack.start()
  try {
    const result = await use(server)
    const fault = await server.fault()
    if (fault !== undefined) throw new Error(`${stack.name}: ${fault}`)
    return result
  } finally {
    await server.stop()
  }
}

function rowsOf(results: Results, connections: Connections): Row[] {
  const ofGunicorn = results.get(connections)?.get(gunicornStack) ?? []
  return [...(results.get(connections) ?? [])].map(([name, list]) => {
    const errors = list.reduce((sum, one) => sum + one.errors, 0)
    if (errors > 0) return { name, void: `${errors} errors` }
    const each = (of: (one: Measured, i: number) => (measure: Measure) => number) =>
      Object.fromEntries(
        measures.map((measure) => [measure, median(list.map((one, i) => of(one, i)(measure)))]),
      ) as Record<Measure, number>
    return {
      name,
      medians: each((one) => (measure) => one[measure]),
      ratios: each((one, i) => (measure) => one[measure] / (ofGunicorn[i]?.[measure] ?? Number.NaN)),
    }
  })
}

function tableOf(rows: readonly Row[], missing: readonly Stack[]): string {
  const named = {
    microsecondsPerRequest: 'CPU us/request',
    p50Ms: 'p50 ms',
    p99Ms: 'p99 ms',
    perSecond: 'requests/s',
  }
  const headings = ['', ...measures.flatMap((measure) => [named[measure], '÷ gunicorn']), 'errors']
  const cells = rows.map(({ name, medians, ratios, void: why }) =>
    medians === undefined || ratios === undefined
      ? [name, 'VOID', ...measures.slice(1).flatMap(() => ['', '']), '', why ?? '']
      : [name, ...measures.flatMap((one) => [plain(medians[one]), plain(ratios[one])]), '0'],
  )
  const absent = missing.map(({ name }) => [name, 'not served here'])
  return columns(headings, [...cells, ...absent])
}

/** What the bench is to show, each a median of the rounds' own ratios. */
function aimsOf(results: Results): Aim[] {
  const { batched, unbatched, onnx, onnxAlone, onnxRecorded } = sluiceStackNames
  const ratio = (connections: Connections, measure: Measure, over: string, under: string) => {
    const of = (name: string) => results.get(connections)?.get(name) ?? []
    const [above, below] = [of(over), of(under)]
    if ([...above, ...below].some(({ errors }) => errors > 0)) return Number.NaN
    return median(above.map((one, i) => one[measure] / (below[i]?.[measure] ?? Number.NaN)))
  }
  const cpu = 'microsecondsPerRequest'
  return [
    {
      what: 'unbatched ÷ batched, CPU per request at 32 connections',
      value: ratio(32, cpu, unbatched, batched),
      unit: 'x',
      atLeast: 10,
    },
    {
      what: 'batched ÷ unbatched, requests a second at 32 connections',
      value: ratio(32, 'perSecond', batched, unbatched),
      unit: 'x',
      atLeast: 10,
    },
    {
      what: 'batched ÷ unbatched, p50 at 1 connection',
      value: ratio(1, 'p50Ms', batched, unbatched),
      unit: 'x',
      atMost: 1.05,
    },
    ...connectionCounts.map((connections) => ({
      what: `onnx ÷ gunicorn, CPU per request at ${connections} connection${connections === 1 ? '' : 's'}`,
      value: ratio(connections, cpu, onnx, gunicornStack),
      unit: 'x',
      atMost: 1 / 40,
    })),
    {
      what: 'onnx without a rollout ÷ gunicorn, CPU per request at 32',
      value: ratio(32, cpu, onnxAlone, gunicornStack),
      unit: 'x',
      atMost: 1 / 40,
    },
    ...connectionCounts.map((connections) => ({
      what: `recorded ÷ not recorded, CPU per request at ${connections}`,
      value: ratio(connections, cpu, onnxRecorded, onnxAlone),
      unit: 'x',
      atMost: 1.03,
    })),
  ]
}

function report(stacks: readonly Stack[], results: Results, agreement: string, loadBefore: number): void {
  const missing = stacks.filter((stack) => stack.missing !== undefined)
  const aims = aimsOf(results)
  const tables = connectionCounts.map((connections) => ({ connections, rows: rowsOf(results, connections) }))
  const load = { before: loadBefore, after: machineLoad() }
  if (flags.json) {
    const notServed = missing.map(({ name, missing: reason }) => ({ name, reason }))
    const judged = aims.map((aim) => ({ ...aim, reached: isReached(aim) ?? null }))
    console.log(
      JSON.stringify({ rounds, seconds, machineLoad: load, agreement, tables, notServed, aims: judged }),
    )
    return
  }
  for (const { connections, rows } of tables) {
    console.log(
      `\n${connections} connection${connections === 1 ? '' : 's'}, medians of ${rounds} rounds of ${seconds} s; ratios are medians of the rounds' own`,
    )
    console.log(tableOf(rows, missing))
  }
  console.log(`\n${aims.map(aimed).join('\n')}`)
  console.log(`\n${loadLine(load)}`)
}

requireWrk()
const loadBefore = machineLoad()
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
try {
  const peers = await preparePeers()
  const all = [
    ...peerStacks(peers),
    ...(await mlserverStacks(folder, peers)),
    ...(await sluiceStacks(folder, peers)),
  ]
  const stacks = chosen(all, flags.stacks)
  for (const { name, missing } of stacks) if (missing) say(`${name}: NOT SERVED HERE: ${missing}`)
  const present = stacks.filter(({ missing }) => missing === undefined)
  const agreement = await agree(present)
  say(agreement)
  report(stacks, await measureRounds(present, await bodiesIn(folder, present)), agreement, loadBefore)
} finally {
  await rm(folder, { recursive: true, force: true })
}
