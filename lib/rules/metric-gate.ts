import { pointerTo } from './json-pointer.ts'
import type { Manifest } from './manifest.ts'
import type { Finding } from './problem.ts'

/** What the manifest's `release.metrics` holds a version to. */
export type HeldMetrics = NonNullable<NonNullable<Manifest['release']>['metrics']>
/** What was measured of a version: the manifest's `source.metrics`. */
type Measured = Readonly<Record<string, number>> | undefined

/** What came of one metric: a sentence, and a finding where it is refused. */
export interface JudgedMetric {
  readonly told: string
  readonly finding?: Finding
}

/**
 * Hold what was measured of a candidate to what was measured of the version that is served: no worse than that by more
 * than the margin, in the metric's own unit. A metric that the candidate lacks is refused; one that the served version
 * lacks holds it to nothing.
 */
export function judgedMetrics(
  held: HeldMetrics,
  candidate: Measured,
  served: { readonly version: string | undefined; readonly metrics: Measured },
): JudgedMetric[] {
  return Object.entries(held).map(([name, { better, margin }]) => {
    const found = metric(candidate, name)
    const live = metric(served.metrics, name)
    const bound = live === undefined ? undefined : boundOf(live, better, margin)
    const most = better === 'higher' ? 'at least' : 'at most'
    const allowed =
      bound === undefined
        ? `any number: ${served.version ?? 'what is served'} has no ${name}`
        : `${name} ${most} ${bound} (${served.version} has ${live}, margin ${margin})`
    if (found === undefined) return refusedBy(name, `no ${name}`, allowed)
    if (bound === undefined)
      return {
        told: `${name} ${found}, held to nothing: ${served.version === undefined ? 'nothing is served yet' : `${served.version} has none`}`,
      }
    const fits = better === 'higher' ? decimal(found) >= bound : decimal(found) <= bound
    return fits
      ? { told: `${name} ${found}, ${most} ${bound}` }
      : refusedBy(name, `${name} ${found}`, allowed)
  })
}

function refusedBy(name: string, found: string, allowed: string): JudgedMetric {
  return {
    told: `found ${found}`,
    finding: { pointer: `/source/metrics${pointerTo([name])}`, found, allowed },
  }
}

function metric(metrics: Measured, name: string): number | undefined {
  return metrics !== undefined && Object.hasOwn(metrics, name) ? metrics[name] : undefined
}

function boundOf(live: number, better: 'higher' | 'lower', margin: number): number {
  return decimal(better === 'higher' ? live - margin : live + margin)
}

/** People write decimals: 0.8 - 0.1 is 0.7 here, and not 0.7000000000000001. */
function decimal(value: number): number {
  return Number(value.toPrecision(12))
}
