import { nextBreaches, noBreaches, type OpenBreaches } from '../../lib/rules/drift/breaches.ts'
import type { DriftReport } from '../../lib/rules/drift/drift-report.ts'
import { judgeDrift } from '../../lib/rules/drift/judge-drift.ts'
import type { VersionSketch } from '../../lib/rules/drift/version-sketch.ts'
import { noShift, type Shift, signature, traffic } from './simulated-traffic.ts'

const looksAWeek = 7 * 24
/** So long traffic is compared with one baseline; then comes another version with a baseline of its own. */
const weeksABaseline = 10
/** Seeds of windows lie far from those of baselines. */
const windows = 1_000_000

export interface Rows {
  /** Of the baseline. */
  readonly baseline: number
  /** Of each hourly window. */
  readonly window: number
}

/** What steady traffic came to: any alarm is a false one. */
export interface SteadyWeeks {
  readonly looks: number
  /** Looks in which any of the columns drifted, which is no alarm yet. */
  readonly falseLooks: number
  readonly alarms: number
}

/** Hour after hour of traffic like that of the baseline. The same seed gives the same weeks. */
export function steadyWeeks(
  rows: Rows,
  weeks: number,
  seed: number,
  say: (week: number) => void = () => {},
): SteadyWeeks {
  let [looks, falseLooks, alarms] = [0, 0, 0]
  let baseline = traffic(seed, rows.baseline, noShift)
  let open: OpenBreaches = noBreaches
  for (; looks < weeks * looksAWeek; looks += 1) {
    if (looks > 0 && looks % (looksAWeek * weeksABaseline) === 0) {
      baseline = traffic(seed + looks, rows.baseline, noShift)
      open = noBreaches
    }
    const report = look(baseline, rows.window, seed + windows + looks, noShift)
    const step = nextBreaches(open, report, looks)
    open = step.open
    alarms += step.raised.length
    falseLooks += Number(report.verdict === 'drifted')
    if (looks % looksAWeek === 0) say(looks / looksAWeek)
  }
  return { looks, falseLooks, alarms }
}

/** How a shift was found, over so many runs of a day each. */
export interface Found {
  /** Shares of the runs: raised at the second look, which is the first that can, and within a day. */
  readonly atOnce: number
  readonly withinADay: number
  /** Shares of the columns: of the moved ones raised within a day, of the others that were raised. */
  readonly moved: number
  readonly others: number
}

/** Traffic that has moved, a day of it in each run. */
export function found(rows: Rows, shift: Shift, runs: number, seed: number): Found {
  const results = Array.from({ length: runs }, (_, run) => dayAfter(rows, shift, seed + run * 100))
  const mean = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((sum, result) => sum + of(result), 0) / runs
  return {
    atOnce: mean(({ first }) => Number(first === 1)),
    withinADay: mean(({ first }) => Number(first !== undefined)),
    moved: mean(({ raised }) => raised.filter((name) => isMoved(name, shift)).length / shift.features),
    others: mean(
      ({ raised }) =>
        raised.filter((name) => !isMoved(name, shift)).length / (signature.inputs.length - shift.features),
    ),
  }
}

function dayAfter(
  rows: Rows,
  shift: Shift,
  seed: number,
): { readonly first: number | undefined; readonly raised: string[] } {
  const baseline = traffic(seed, rows.baseline, noShift)
  let open: OpenBreaches = noBreaches
  let first: number | undefined
  const raised: string[] = []
  for (let hour = 0; hour < 24 && raised.length < shift.features; hour += 1) {
    const step = nextBreaches(open, look(baseline, rows.window, seed + windows + hour, shift), hour)
    open = step.open
    if (step.raised.length > 0) first ??= hour
    raised.push(...step.raised.filter(({ side }) => side === 'input').map(({ name }) => name))
  }
  return { first, raised }
}

function isMoved(name: string, shift: Shift): boolean {
  return Number(name.slice(1)) < shift.features
}

function look(baseline: VersionSketch, rows: number, seed: number, shift: Shift): DriftReport {
  return judgeDrift({ signature, baseline, current: traffic(seed, rows, shift) })
}
