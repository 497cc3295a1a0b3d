/**
 * From the start of a process to its first prediction: one forest by scikit-learn in Flask and gunicorn, in FastAPI and
 * in Sluice, as ONNX in Sluice, and as the second version of a host that has one already. Rounds are interleaved, with
 * the page cache warm and with what a start reads put out of it.
 * `npm run bench:start -- [--rounds 7] [--evicted 7] [--json]`. Linux.
 */
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { homeAt } from '../local/home.ts'
import { onnxLaunch, ownLaunch } from '../local/hosting/runtime-launch.ts'
import { run } from '../test/harness/containers/run.ts'
import { bodyOf, largestDifference, probabilitiesIn } from './harness/agreement.ts'
import { type ColdStack, type Start, startedCold } from './harness/cold-stacks.ts'
import { type Aim, aimed, columns, isReached, median, plain } from './harness/figures.ts'
import { evict, evicting } from './harness/page-cache.ts'
import { gunicornStack, peerCommands, preparePeers } from './harness/peer-stacks.ts'
import { releasedForest } from './harness/sluice-stacks.ts'
import { oneThread } from './harness/stack.ts'
import { loadLine, machineLoad, say, wholeNumber } from './harness/talk.ts'
import { warmOnnx, warmPython } from './harness/warm-stacks.ts'

const fixture = join(import.meta.dirname, '..', 'test', 'fixtures', 'breast-cancer')
const templates = join(import.meta.dirname, '..', 'model-templates')
const tolerance = 1e-5
const names = {
  python: 'Sluice python',
  onnx: 'Sluice onnx',
  secondPython: 'Sluice python, second version',
  secondOnnx: 'Sluice onnx, second version',
} as const

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    evicted: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = {
  warm: wholeNumber('--rounds', flags.rounds),
  evicted: wholeNumber('--evicted', flags.evicted, 0),
}
type Cache = keyof typeof rounds

/** A way to start, measured beside the others. */
interface Starter {
  readonly name: string
  start(): Promise<Start>
  stop(): Promise<void>
}

type Results = Readonly<Record<Cache, ReadonlyMap<string, Start[]>>>

async function starters(folder: string): Promise<{ all: Starter[]; python: string; read: string[] }> {
  const peers = await preparePeers()
  const [row = []] = JSON.parse(await readFile(join(fixture, 'rows.json'), 'utf8')) as number[][]
  const [canonical, canonicalOnnx] = ['input', 'features'].map((input) =>
    JSON.stringify({ inputs: { [input]: [row] } }),
  ) as [string, string]
  const home = join(folder, 'python')
  await releasedForest(folder, home, peers)
  const launch = await launchIn(home)
  const env = { ...oneThread, SLUICE_THREADS: '1', ...launch.env }
  const cold: ColdStack[] = [
    ...peerCommands(peers).map((peer) => ({ ...peer, program: peers.python, body: bodyOf(row) })),
    {
      name: names.python,
      program: launch.command,
      args: () => [...launch.args, 'serve'],
      environment: env,
      body: canonical,
    },
    {
      name: names.onnx,
      program: process.execPath,
      args: () => [join(templates, 'onnx', 'serve.mjs'), 'serve'],
      environment: { SLUICE_THREADS: '1', MODEL_DIR: fixture },
      body: canonicalOnnx,
    },
  ]
  const onnx = { ...onnxLaunch(), env: { MODEL_DIR: fixture } }
  const hosts = [
    {
      name: names.secondPython,
      ...(await warmPython({ folder, launch: { ...launch, env }, body: canonical })),
    },
    { name: names.secondOnnx, ...(await warmOnnx({ folder, launch: onnx, body: canonicalOnnx })) },
  ]
  const environment = dirname(dirname(launch.command))
  const read = [
    dirname(dirname(peers.python)),
    environment,
    await realpath(launch.command),
    (await run(launch.command, ['-c', 'import os; print(os.path.dirname(os.__file__))'])).trim(),
    process.execPath,
    join(templates, '..', 'node_modules', 'onnxruntime-node'),
    templates,
    fixture,
    home,
    dirname(peers.model),
  ]
  const stop = async () => {}
  const all = [
    ...cold.map((stack) => ({ name: stack.name, start: () => startedCold(stack), stop })),
    ...hosts,
  ]
  return { all, python: peers.python, read }
}

/** How the platform of a home starts the one version that was released there. */
async function launchIn(home: string) {
  const { images } = homeAt(home)
  const [image] = (await readdir(images)).filter((name) => name.endsWith('.json'))
  const launch = ownLaunch(homeAt(home), join(images, (image ?? '').replace(/\.json$/, '')), 2048)
  if (launch === undefined) throw new Error('the released forest has no server of its own')
  return launch
}

async function measure(all: readonly Starter[], python: string, read: readonly string[]): Promise<Results> {
  const perStarter = () => new Map<string, Start[]>(all.map(({ name }) => [name, []]))
  const results = { warm: perStarter(), evicted: perStarter() }
  // What was never read is read, and what is compiled at its first start is compiled.
  for (const { start } of all) await start()
  for (const cache of ['warm', 'evicted'] as const)
    for (let round = 0; round < rounds[cache]; round += 1) {
      // Each begins in turn, so that none always has the same neighbour.
      for (let i = 0; i < all.length; i += 1) {
        const { name, start } = all[(i + round) % all.length] as Starter
        if (cache === 'evicted') await evict(python, read)
        results[cache].get(name)?.push(await start())
      }
      say(`round ${round + 1} of ${rounds[cache]}, page cache ${cache}, is done`)
    }
  return results
}

/** @throws Error where they do not agree: then nothing is to be compared */
function agreement(results: Results): string {
  const answers = Object.values(results).flatMap((byName) => [...byName.values()].flat())
  const all = answers.map(({ answer }) => [probabilitiesIn(answer)])
  const difference = largestDifference(all)
  if (!(difference <= tolerance)) throw new Error(`the answers differ by ${difference}: nothing is compared`)
  return `${all.length} first answers differ by ${difference.toPrecision(2)} at most`
}

/** A stack's times in proportion to gunicorn's of the same rounds, and their median. */
function ratio(results: Results, cache: Cache, name: string, of: 'ms' | 'cpuMs' = 'ms'): number {
  const [own, gunicorn] = [results[cache].get(name) ?? [], results[cache].get(gunicornStack) ?? []]
  return median(own.map((one, i) => one[of] / (gunicorn[i]?.[of] ?? Number.NaN)))
}

function aimsOf(results: Results): Aim[] {
  const aim = (name: string, cache: Cache, atMost: number) => ({
    what: `${name} ÷ gunicorn, page cache ${cache}`,
    value: ratio(results, cache, name),
    unit: 'x',
    atMost,
  })
  return [
    ...(['warm', 'evicted'] as const).flatMap((cache) => [
      aim(names.onnx, cache, 1 / 8),
      aim(names.python, cache, 0.8),
    ]),
    aim(names.secondPython, 'warm', 1 / 20),
    aim(names.secondOnnx, 'warm', 1 / 20),
  ]
}

function tableOf(results: Results, cache: Cache): string {
  const rows = [...results[cache]].map(([name, starts]) => [
    name,
    plain(median(starts.map(({ ms }) => ms))),
    plain(ratio(results, cache, name)),
    plain(median(starts.map(({ cpuMs }) => cpuMs))),
    plain(ratio(results, cache, name, 'cpuMs')),
  ])
  return columns(['', 'ms', '÷ gunicorn', 'CPU ms', '÷ gunicorn'], rows)
}

const loadBefore = machineLoad()
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
const { all, python, read } = await starters(folder)
try {
  const results = await measure(all, python, read)
  const agreed = agreement(results)
  const aims = aimsOf(results)
  const machine = { before: loadBefore, after: machineLoad() }
  if (flags.json) {
    const medians = Object.entries(results).map(([cache, byName]) => [
      cache,
      Object.fromEntries([...byName].map(([name, starts]) => [name, starts.map(({ ms }) => ms)])),
    ])
    const judged = aims.map((aim) => ({ ...aim, reached: isReached(aim) ?? null }))
    console.log(
      JSON.stringify({
        rounds,
        machineLoad: machine,
        agreed,
        evicting,
        ms: Object.fromEntries(medians),
        aims: judged,
      }),
    )
  } else {
    for (const cache of ['warm', 'evicted'] as const) {
      console.log(
        `\npage cache ${cache}: medians of ${rounds[cache]} rounds; ratios are medians of the rounds' own`,
      )
      console.log(tableOf(results, cache))
    }
    console.log(
      `\nevicted by ${evicting}\n${agreed}\n\n${aims.map(aimed).join('\n')}\n\n${loadLine(machine)}`,
    )
  }
} finally {
  for (const { stop } of all) await stop()
  await rm(folder, { recursive: true, force: true })
}
