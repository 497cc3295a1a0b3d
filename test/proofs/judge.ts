import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { falseRollbackBound } from '../../lib/rules/verdict.ts'
import type { Rollout, Scenario } from '../rules/verdict-simulation.ts'

/**
 * The judge of canaries, held to what is promised of it over many rollouts: `npm run judge`. Every run has the seed of
 * its number, so that the figures are the same each time, on however many threads.
 */
const { values } = parseArgs({
  options: { json: { type: 'boolean' }, runs: { type: 'string', default: '10000' } },
})
const runs = Number(values.runs)

/** Regressions are to be caught within so many requests of the canary. */
const withinRequests = 120

interface Row {
  readonly what: string
  readonly runs: number
  /** Percent of the runs. */
  readonly rolledBackForHarmPercent: number
  readonly rolledBackAtDeadlinePercent: number
  readonly promotedPercent: number
  /** Percent of the runs rolled back for harm within 120 requests of the canary. */
  readonly caughtWithin120Percent: number
  /** Of those rolled back for harm: how many requests the canary had answered by then. */
  readonly medianRequests?: number
  readonly mostRequests?: number
  readonly bound: string
  readonly holds: boolean
}

const alike = { kind: 'independent', runs, requestsPerStep: 2000 } as const
const worse = { kind: 'independent', runs, requestsPerStep: 3000 } as const
const sticky = { kind: 'sticky', runs, requestsPerStep: 2000, callers: 1000, countedBy: 'caller' } as const

/** No false verdict in more than 1 % of rollouts, whatever the traffic is like. */
const whateverFor = (row: Row) =>
  row.rolledBackForHarmPercent + row.rolledBackAtDeadlinePercent <= falseRollbackBound * 100
const caught = (row: Row) => row.caughtWithin120Percent === 100
const neverPromoted = (row: Row) => row.promotedPercent === 0
const measured = () => true

const scenes: readonly (readonly [string, Scenario, string, (row: Row) => boolean])[] = [
  [
    'A/A, independent, both fail 0.5 %',
    { ...alike, canary: 0.005, stable: 0.005 },
    'rolled back <= 1 %',
    whateverFor,
  ],
  [
    'A/A, independent, both fail 5 %',
    { ...alike, canary: 0.05, stable: 0.05 },
    'rolled back <= 1 %',
    whateverFor,
  ],
  [
    'A/A, bursty, 40 requests at 50 %, 8 of 10,000',
    {
      ...alike,
      canary: 0.001,
      stable: 0.001,
      bursts: { per10000: 8, requests: 40, failing: 0.5 },
    },
    'rolled back <= 1 %',
    whateverFor,
  ],
  [
    'A/A, sticky by Zipf, 5 of 1,000 callers bad',
    { ...sticky, failing: 5 },
    'rolled back <= 1 %',
    whateverFor,
  ],
  [
    'A/A, sticky by Zipf, 20 of 1,000 callers bad',
    { ...sticky, failing: 20 },
    'rolled back <= 1 %',
    whateverFor,
  ],
  ['20x, 1 % -> 20 %', { ...worse, canary: 0.2, stable: 0.01 }, '100 % within 120', caught],
  ['20x, 0.5 % -> 10 %', { ...worse, canary: 0.1, stable: 0.005 }, 'never promoted', neverPromoted],
  ['5x, 1 % -> 5 %', { ...worse, canary: 0.05, stable: 0.01 }, 'as measured', measured],
  ['2x, 1 % -> 2 %', { ...worse, canary: 0.02, stable: 0.01 }, 'as measured', measured],
  [
    'no data at all',
    { kind: 'independent', runs, requestsPerStep: 400, canary: 0, stable: 0, silent: 'both' },
    'never promoted',
    neverPromoted,
  ],
  [
    'no data of the canary',
    { kind: 'independent', runs, requestsPerStep: 400, canary: 0, stable: 0, silent: 'canary' },
    'never promoted',
    neverPromoted,
  ],
]

const threads = 2

/** One half of a scene's runs to each thread. */
async function simulated(scenario: Scenario): Promise<Rollout[]> {
  const share = Math.ceil(scenario.runs / threads)
  const parts = await Promise.all(
    Array.from({ length: threads }, (_, i) => {
      const first = i * share
      const workerData = { ...scenario, first, runs: Math.min(share, scenario.runs - first) }
      return new Promise<Rollout[]>((resolve, reject) => {
        new Worker(new URL('../rules/verdict-simulation.ts', import.meta.url), { workerData })
          .once('message', resolve)
          .once('error', reject)
      })
    }),
  )
  return parts.flat()
}

function rowOf(what: string, rollouts: readonly Rollout[], bound: string, holds: (row: Row) => boolean): Row {
  const percent = (some: readonly Rollout[]) => (some.length / rollouts.length) * 100
  const ended = (end: Rollout['end']) => rollouts.filter((one) => one.end === end)
  const harm = ended('harm')
  const needed = harm.map((one) => one.canaryRequests).toSorted((a, b) => a - b)
  const [median, most] = [needed[Math.floor(needed.length / 2)], needed.at(-1)]
  const row: Row = {
    what,
    runs: rollouts.length,
    rolledBackForHarmPercent: percent(harm),
    rolledBackAtDeadlinePercent: percent(ended('deadline')),
    promotedPercent: percent(ended('promoted')),
    caughtWithin120Percent: percent(harm.filter((one) => one.canaryRequests <= withinRequests)),
    ...(median !== undefined && { medianRequests: median }),
    ...(most !== undefined && { mostRequests: most }),
    bound,
    holds: true,
  }
  return { ...row, holds: holds(row) }
}

const columns = ['harm %', 'deadline %', 'promoted %', '<=120 %', 'median', 'most', 'bound']
const line = (what: string, cells: readonly string[], end: string) =>
  `${what.padEnd(46)}${cells.map((cell) => cell.padStart(12)).join('')}  ${end}`

const startedAt = performance.now()
const rows: Row[] = []
if (!values.json) console.log(line(`${runs} rollouts each`, columns.slice(0, -1), 'bound'))
for (const [what, scenario, bound, holds] of scenes) {
  const row = rowOf(what, await simulated(scenario), bound, holds)
  rows.push(row)
  const shares = [
    row.rolledBackForHarmPercent,
    row.rolledBackAtDeadlinePercent,
    row.promotedPercent,
    row.caughtWithin120Percent,
  ].map((share) => share.toFixed(2))
  const requests = [row.medianRequests, row.mostRequests].map((count) => `${count ?? '-'}`)
  if (!values.json)
    console.log(line(what, [...shares, ...requests], `${bound}${row.holds ? '' : '  VIOLATED'}`))
}
const seconds = (performance.now() - startedAt) / 1000
const holds = rows.every((row) => row.holds)
console.log(
  values.json
    ? JSON.stringify({ holds, seconds, rows }, undefined, 2)
    : `${holds ? 'every bound holds' : 'a bound is violated'}; ${seconds.toFixed(0)} s`,
)
process.exitCode = holds ? 0 : 1
