import type { ComparisonReport } from '../../lib/rules/comparison/comparison-report.ts'
import { describeFields, type Signature } from '../../lib/rules/signature.ts'
import type { VersionTraffic } from '../../lib/rules/traffic.ts'
import { bytes, count, milliseconds, moment, percent, rate, unknown } from './figures.ts'

/** What is known of a version beside its answers, as `GET …/versions/{version}` tells it. */
export interface VersionFacts {
  readonly version: string
  readonly state: string
  readonly readyAt?: string
  readonly sizeBytes?: number
  readonly digest?: string
  readonly signature?: Signature
  readonly manifest?: {
    readonly runtime?: string
    readonly source?: { readonly git?: string; readonly metrics?: Readonly<Record<string, number>> }
  }
}

/** One fact of both versions. */
export interface FactLine {
  readonly what: string
  readonly a: string
  readonly b: string
  readonly differs: boolean
}

export function factLines(a: VersionFacts, b: VersionFacts, traffic: readonly VersionTraffic[]): FactLine[] {
  const line = (what: string, of: (facts: VersionFacts) => string): FactLine => {
    const [first, second] = [of(a), of(b)]
    return { what, a: first, b: second, differs: first !== second }
  }
  const ofTraffic = (of: (one: VersionTraffic) => string) => (facts: VersionFacts) => {
    const one = traffic.find(({ version }) => version === facts.version)
    return one === undefined ? unknown : of(one)
  }
  const metrics = [a, b].flatMap(({ manifest }) => Object.keys(manifest?.source?.metrics ?? {}))
  return [
    line('Takes', ({ signature }) => (signature === undefined ? unknown : describeFields(signature.inputs))),
    line('Answers', ({ signature }) =>
      signature === undefined ? unknown : describeFields(signature.outputs),
    ),
    line('Runtime', ({ manifest }) => manifest?.runtime ?? unknown),
    line('Ready since', ({ readyAt }) => moment(readyAt)),
    line('Size', ({ sizeBytes }) => bytes(sizeBytes)),
    line('Commit', ({ manifest }) => manifest?.source?.git ?? unknown),
    ...[...new Set(metrics)].map((name) =>
      line(name, ({ manifest }) => String(manifest?.source?.metrics?.[name] ?? unknown)),
    ),
    line(
      'Called',
      ofTraffic(({ callsPerSecond }) => rate(callsPerSecond)),
    ),
    line(
      'p95',
      ofTraffic(({ p95Ms }) => milliseconds(p95Ms)),
    ),
  ].filter(({ a: first, b: second }) => first !== unknown || second !== unknown)
}

/** `98.2 % agree (96.1 to 99.2 %), of 1,000 that were asked both`; why there is nothing, where there is. */
export function agreementSentence({ agreement, compared }: ComparisonReport): string {
  if (agreement === undefined)
    return 'Nothing could be compared: no recorded request was answered by the first.'
  const [at, low, high] = [agreement.percent, agreement.lowPercent, agreement.highPercent].map((value) =>
    percent(value / 100),
  )
  return `${at} agree (${low} to ${high}), of ${count(compared)} that both were asked.`
}
