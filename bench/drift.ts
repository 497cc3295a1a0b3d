/**
 * Drift beside Evidently, whylogs and scipy: the same rows of thirty features, one core each. `npm run bench:drift --
 * [--rows 1000000] [--rounds 3] [--json]`. The primary figure is cells a second of processor time: other work on the
 * machine changes it least. The reference has a tenth of the rows; ours was sketched before, as a baseline is at release.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from '../test/harness/containers/run.ts'
import { pythonWith } from '../test/harness/emulator/python-with.ts'
import { onCore } from './harness/cores.ts'
import { type DriftRows, driftFeatures, writeDriftRows } from './harness/drift-rows.ts'
import { type Aim, aimed, columns, median, plain } from './harness/figures.ts'
import { cores, oneThread } from './harness/stack.ts'
import { loadLine, machineLoad, say, wholeNumber } from './harness/talk.ts'

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
})

/** One way to look at the rows. */
interface Way {
  readonly name: string
  readonly command: readonly [string, readonly string[]]
}

/** What one run of it took. */
interface Took {
  readonly cpuSeconds: number
  readonly seconds: number
  readonly peakMb: number
}

const sketcher = join(import.meta.dirname, 'drift-sketcher.ts')
const peerScript = join(import.meta.dirname, 'peers', 'drift_peers.py')
// Neither imports with the newest pandas or numpy.
const evidently = ['evidently==0.7.23', 'pandas==2.3.3']
const whylogs = ['whylogs==1.6.4', 'pandas==2.3.3', 'numpy==1.26.4']
const peers = [
  { peer: 'evidently', name: 'Evidently, KS', packages: evidently },
  { peer: 'whylogs', name: 'whylogs, profile', packages: whylogs },
  { peer: 'scipy', name: 'scipy ks_2samp', packages: evidently },
] as const

function ours(form: 'binary' | 'lines', current: DriftRows, reference: DriftRows): Way {
  const name = form === 'binary' ? 'Sluice, binary columns' : 'Sluice, JSON Lines'
  const args = [sketcher, form, current[form], `${current.rows}`, `${reference.binary}.sketch`]
  return { name, command: [process.execPath, args] }
}

/** @returns the peers that can be installed here; the others are told of, with the reason */
async function theirs(current: DriftRows, reference: DriftRows): Promise<Way[]> {
  const ways: Way[] = []
  for (const { peer, name, packages } of peers)
    try {
      const python = await pythonWith('drift-peers', packages)
      const args = [
        peerScript,
        peer,
        current.binary,
        `${current.rows}`,
        reference.binary,
        `${reference.rows}`,
      ]
      ways.push({ name, command: [python, args] })
    } catch (error) {
      say(`${name}: NOT MEASURED HERE, it cannot be installed: ${String(error).split('\n').at(-1)}`)
    }
  return ways
}

async function once({ command: [program, args] }: Way): Promise<Took> {
  const said = await run(...onCore(cores.servers, program, args), oneThread)
  return JSON.parse(said.split('\n').at(-1) ?? '') as Took
}

/** Rounds interleaved, so that a slow moment of the machine hits all alike. */
async function measured(ways: readonly Way[], rounds: number): Promise<Map<string, Took[]>> {
  const took = new Map<string, Took[]>(ways.map(({ name }) => [name, []]))
  const broken = new Set<string>()
  for (let round = 1; round <= rounds; round += 1)
    for (const way of ways) {
      if (broken.has(way.name)) continue
      try {
        const result = await once(way)
        took.get(way.name)?.push(result)
        say(`round ${round}, ${way.name}: ${plain(result.cpuSeconds)} s of processor time`)
      } catch (error) {
        broken.add(way.name)
        say(`${way.name}: NOT MEASURED HERE: ${String(error).split('\n').slice(-3).join(' ')}`)
      }
    }
  return took
}

const rows = wholeNumber('--rows', flags.rows, 1000)
const rounds = wholeNumber('--rounds', flags.rounds)
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-drift-'))
try {
  const before = machineLoad()
  say(`writing ${rows} rows`)
  const reference = await writeDriftRows(
    Math.ceil(rows / 10),
    1,
    join(folder, 'reference.f32'),
    join(folder, 'reference.jsonl'),
  )
  const current = await writeDriftRows(rows, 2, join(folder, 'current.f32'), join(folder, 'current.jsonl'))
  await run(process.execPath, [sketcher, 'binary', reference.binary, `${reference.rows}`])
  const ways = [
    ours('binary', current, reference),
    ours('lines', current, reference),
    ...(await theirs(current, reference)),
  ]
  print(await measured(ways, rounds), { before, after: machineLoad() })
} finally {
  await rm(folder, { recursive: true, force: true })
}

function print(took: ReadonlyMap<string, readonly Took[]>, load: { before: number; after: number }): void {
  const figures = [...took].map(([name, runs]) => ({
    name,
    rounds: runs.length,
    cellsPerSecond: (rows * driftFeatures) / median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    seconds: median(runs.map(({ seconds }) => seconds)),
    peakMb: Math.max(...runs.map(({ peakMb }) => peakMb)),
  }))
  if (flags.json) {
    console.log(JSON.stringify({ rows, features: driftFeatures, load, figures }))
    return
  }
  const of = (name: string) => figures.find((one) => one.name.startsWith(name))
  const binary = of('Sluice, binary')?.cellsPerSecond ?? Number.NaN
  console.log(`\n${plain(rows)} rows of ${driftFeatures} features, one core each, median of the rounds`)
  console.log(
    columns(
      ['', 'rounds', 'M cells a second of CPU', 'Sluice from binary is', 'seconds', 'peak MB'],
      figures.map((one) => [
        one.name,
        plain(one.rounds),
        plain(one.cellsPerSecond / 1e6),
        `${plain(binary / one.cellsPerSecond)} x`,
        plain(one.seconds),
        plain(one.peakMb),
      ]),
    ),
  )
  const aims: Aim[] = [
    {
      what: "from binary, beside Evidently's KS path",
      value: binary / (of('Evidently')?.cellsPerSecond ?? Number.NaN),
      unit: 'x',
      atLeast: 5,
    },
    {
      what: 'from binary, beside whylogs',
      value: binary / (of('whylogs')?.cellsPerSecond ?? Number.NaN),
      unit: 'x',
      atLeast: 16,
    },
    {
      what: 'memory of ours at its peak',
      value: Math.max(of('Sluice, b')?.peakMb ?? Number.NaN, of('Sluice, J')?.peakMb ?? Number.NaN),
      unit: 'MB',
      atMost: 200,
    },
  ]
  console.log(`\n${aims.map(aimed).join('\n')}\n\n${loadLine(load)}`)
}
