/**
 * Drift, held to what is promised of it: false alarms over weeks of steady traffic, and how surely and soon a shift is
 * found. `node test/proofs/drift.ts [--weeks 200] [--runs 30]
 * [--only steady|shifted] [--json]`. Every row has a seed: the figures are the same each time.
 */
import { parseArgs } from 'node:util'
import { columns, plain } from '../../bench/harness/figures.ts'
import { wholeNumber } from '../../bench/harness/talk.ts'
import { found, type Rows, steadyWeeks } from '../drift/drift-simulation.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    weeks: { type: 'string', default: '200' },
    runs: { type: 'string', default: '30' },
    only: { type: 'string' },
  },
})
const weeks = wholeNumber('--weeks', values.weeks)
const runs = wholeNumber('--runs', values.runs)

if (values.only !== undefined && values.only !== 'steady' && values.only !== 'shifted')
  throw new Error(`--only is '${values.only}', and allowed are steady and shifted`)

const steady: readonly Rows[] = [
  { baseline: 1000, window: 100 },
  { baseline: 1000, window: 300 },
  { baseline: 5000, window: 1000 },
]
const shifted: readonly Rows[] = [
  { baseline: 5000, window: 100 },
  { baseline: 5000, window: 300 },
  { baseline: 5000, window: 1000 },
  { baseline: 5000, window: 3000 },
]
const deviations = [0.1, 0.2, 0.3, 0.5, 1]
const moved = 3

const say = (line: string) => process.stderr.write(`${line}\n`)

const calm = (values.only === 'shifted' ? [] : steady).map((rows, i) => {
  const weekly = (week: number) => {
    if (week % 20 === 0) say(`${rows.baseline} and ${rows.window} rows: week ${week}`)
  }
  const came = steadyWeeks(rows, weeks, 10_000_000 * (i + 1), weekly)
  say(`${rows.baseline} and ${rows.window} rows: ${came.looks} looks, ${came.alarms} alarms`)
  return { rows, ...came }
})
const finds = (values.only === 'steady' ? [] : shifted).flatMap((rows, i) =>
  deviations.map((by, j) => {
    say(`${rows.window} rows, moved by ${by}`)
    return {
      rows,
      by,
      ...found(rows, { features: moved, deviations: by }, runs, 900_000_000 + 1_000_000 * (10 * i + j)),
    }
  }),
)

if (values.json) console.log(JSON.stringify({ weeks, runs, calm, finds }))
else {
  if (calm.length > 0) printCalm()
  if (finds.length > 0) printFinds()
}

function printCalm(): void {
  console.log(
    `steady traffic, 30 features and a prediction, ${weeks} weeks of hourly windows, a new baseline every 10 weeks`,
  )
  console.log(
    columns(
      ['rows of the baseline', 'of a window', 'looks', 'looks with a column drifted', 'alarms'],
      calm.map(({ rows, looks, falseLooks, alarms }) =>
        [rows.baseline, rows.window, looks, falseLooks, alarms].map(plain),
      ),
    ),
  )
}

function printFinds(): void {
  console.log(
    `\n${moved} of 30 features moved by so many deviations, ${runs} runs of a day, percent of the runs or columns`,
  )
  console.log(
    columns(
      [
        'rows of a window',
        'moved by',
        'raised at the 2nd look',
        'within a day',
        'columns moved and raised',
        'others raised',
      ],
      finds.map(({ rows, by, ...shares }) => [
        plain(rows.window),
        plain(by),
        ...[shares.atOnce, shares.withinADay, shares.moved, shares.others].map((share) => plain(share * 100)),
      ]),
    ),
  )
}

const alarms = calm.reduce((sum, one) => sum + one.alarms, 0)
if (alarms > 0) {
  say(`steady traffic raised ${alarms} alarms, and none is allowed`)
  process.exitCode = 1
}
