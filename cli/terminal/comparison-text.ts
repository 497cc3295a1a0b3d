import type {
  ComparisonReport,
  FieldReport,
  LabelCount,
  Latency,
  WorstCase,
} from '../../lib/rules/comparison/comparison-report.ts'
import { plain } from '../../lib/rules/comparison/plain.ts'
import { leftOutSentence, type Replayed } from '../../lib/rules/comparison/replay-gate.ts'
import { shown } from '../../lib/rules/problem.ts'
import { table } from './talk.ts'

/** What was found where two versions were asked the same, for people. */
export function comparisonText({ report, found, leftOut, stopped }: Replayed): string {
  const notes = [
    ...(stopped === undefined ? [] : [`${report.compared} of ${found} requests were compared: ${stopped}`]),
    ...leftOut.map(leftOutSentence),
    ...(report.uncompared.length === 0 ? [] : [`not compared: ${report.uncompared.join(', ')}`]),
    ...(report.sampled ? ['quantiles and places are those of a sample; counts and means are of all'] : []),
  ]
  if (report.compared === 0) return [nothing(report), ...notes].join('\n')
  const labels = report.fields.flatMap(({ name, labels: counts = [] }) =>
    counts.length === 0 ? [] : [matrix(name, counts, report)],
  )
  return [
    [agreementSentence(report), report.where, ...notes].join('\n'),
    table(['OUTPUT', 'DIFFERS', 'MEAN', 'P50', 'P90', 'P99', 'LARGEST'], report.fields.map(fieldRow)),
    ...labels,
    ...(report.worst.length === 0 ? [] : [worstTable(report)]),
    table(['VERSION', 'P50', 'P95', 'P99', 'FAILED'], sides(report)),
  ].join('\n\n')
}

function nothing({ model, errors, a }: ComparisonReport): string {
  const failed = Object.entries(errors.a).map(([code, rows]) => `${rows} (${code})`)
  if (failed.length > 0) return `nothing was compared: ${a} failed on ${failed.join(', ')}`
  return `nothing was compared: no request of ${model} is recorded that could be sent anew; calls are recorded where a manifest says capture: {samplePercent: 100}`
}

/** Such as `churn 1.0.0 and 1.1.0 agree on 900 of 1000 records: 90 % (87.98 to 91.71 % at large)`. */
export function agreementSentence({ model, a, b, agreed, compared, agreement }: ComparisonReport): string {
  const share = (percent = 0) => `${Math.floor(percent * 100) / 100}`
  return `${model} ${a} and ${b} agree on ${agreed} of ${compared} records: ${share(agreement?.percent)} % (${share(agreement?.lowPercent)} to ${share(agreement?.highPercent)} % at large)`
}

function fieldRow({ name, differed, off }: FieldReport): string[] {
  const numbers = off === undefined ? [] : [off.mean, off.p50, off.p90, off.p99, off.largest]
  return [name, `${differed}`, ...(numbers.length === 0 ? Array(5).fill('-') : numbers.map(plain))]
}

/** What one said in rows, and the other in columns. */
function matrix(name: string, counts: readonly LabelCount[], { a, b }: ComparisonReport): string {
  const [rows, columns] = [names(counts.map((one) => one.a)), names(counts.map((one) => one.b))]
  const cell = (from: string, to: string) =>
    `${counts.find((one) => one.a === from && one.b === to)?.rows ?? 0}`
  return table(
    [`${name}: ${a} \\ ${b}`, ...columns],
    rows.map((from) => [from, ...columns.map((to) => cell(from, to))]),
  )
}

function names(labels: readonly string[]): string[] {
  return [...new Set(labels)].toSorted()
}

function worstTable({ a, b, worst }: ComparisonReport): string {
  const row = ({ inputs, a: mine, b: other, off }: WorstCase) => [
    said(mine),
    said(other),
    off === undefined ? '-' : plain(off),
    inputs === undefined ? '-' : shown(inputs),
  ]
  return table([`WORST: ${a}`, b, 'OFF BY', 'INPUTS'], worst.map(row))
}

function said(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'problem' in answer
    ? String(answer.problem)
    : shown(answer)
}

function sides({ a, b, latencyMs, errors }: ComparisonReport): string[][] {
  const row = (version: string, latency: Latency | undefined, failed: Readonly<Record<string, number>>) => [
    version,
    ...[latency?.p50, latency?.p95, latency?.p99].map((ms) => (ms === undefined ? '-' : `${plain(ms)} ms`)),
    Object.entries(failed)
      .map(([code, rows]) => `${rows} ${code}`)
      .join(', ') || '0',
  ]
  return [row(a, latencyMs.a, errors.a), row(b, latencyMs.b, errors.b)]
}
