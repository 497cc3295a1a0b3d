import type { DriftReport, FeatureDrift } from './drift-report.ts'
import { type BreachPersistence, defaultPersistence } from './thresholds.ts'

/** A column that drifted for long enough to be raised, and has not been steady for long enough since. */
export interface Breach {
  readonly name: string
  readonly side: FeatureDrift['side']
  /** When the first of the looks began that raised it; milliseconds since the epoch, as handed in. */
  readonly since: number
  readonly raisedAt: number
  /** As it was when it was raised. */
  readonly drift: FeatureDrift
}

/** How a column stands: how many looks in a row found it drifted or steady. */
interface Streak {
  readonly verdict: 'drifted' | 'steady'
  readonly looks: number
  readonly since: number
}

/** What is remembered between looks. A plain value: it can be kept as JSON. */
export interface OpenBreaches {
  /** The latest look that was counted; undefined before the first. */
  readonly at?: number
  readonly breaches: readonly Breach[]
  /** By side and name, `input tenure`: columns that are on their way into a breach or out of one. */
  readonly streaks: Readonly<Record<string, Streak>>
}

export const noBreaches: OpenBreaches = { breaches: [], streaks: {} }

export interface BreachStep {
  readonly open: OpenBreaches
  /** To be told now, once: the next look does not have them again. */
  readonly raised: readonly Breach[]
  readonly cleared: readonly Breach[]
}

/**
 * Take in a report. A column that drifted in `raiseAfter` looks in a row is raised once, and stays open until it was steady in
 * `clearAfter` looks in a row: one that flaps is raised at most once for each time it was at rest. A look that could
 * not tell is none: it neither raises nor clears, and breaks no row. A report that is not later than the latest one, which is
 * a late or a repeated one, changes nothing.
 * @param at when the records end that the report speaks of
 */
export function nextBreaches(
  open: OpenBreaches,
  report: Pick<DriftReport, 'features'>,
  at: number,
  persistence: BreachPersistence = defaultPersistence,
): BreachStep {
  if (open.at !== undefined && at <= open.at) return { open, raised: [], cleared: [] }
  const breaches = new Map(open.breaches.map((breach) => [keyOf(breach), breach]))
  const streaks = new Map(Object.entries(open.streaks))
  const raised: Breach[] = []
  const cleared: Breach[] = []
  for (const feature of report.features) {
    const key = keyOf(feature)
    const breach = breaches.get(key)
    const streak = nextStreak(streaks.get(key), feature.verdict, at)
    if (streak === undefined) continue
    streaks.set(key, streak)
    if (breach === undefined && streak.verdict === 'drifted' && streak.looks >= persistence.raiseAfter) {
      const { name, side } = feature
      const found = { name, side, since: streak.since, raisedAt: at, drift: feature }
      breaches.set(key, found)
      raised.push(found)
    } else if (
      breach !== undefined &&
      streak.verdict === 'steady' &&
      streak.looks >= persistence.clearAfter
    ) {
      breaches.delete(key)
      cleared.push(breach)
    }
    if (isAtRest(streak, breaches.has(key))) streaks.delete(key)
  }
  return {
    open: { at, breaches: [...breaches.values()], streaks: Object.fromEntries(streaks) },
    raised,
    cleared,
  }
}

function nextStreak(
  last: Streak | undefined,
  verdict: FeatureDrift['verdict'],
  at: number,
): Streak | undefined {
  if (verdict === 'unknown') return undefined
  return last?.verdict === verdict ? { ...last, looks: last.looks + 1 } : { verdict, looks: 1, since: at }
}

/** Steady without a breach, or drifted within one: nothing is on its way, and nothing need be remembered. */
function isAtRest({ verdict }: Streak, isOpen: boolean): boolean {
  return (verdict === 'steady') !== isOpen
}

function keyOf({ side, name }: Pick<Breach, 'side' | 'name'>): string {
  return `${side} ${name}`
}
