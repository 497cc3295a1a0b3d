import type { ComparisonReport, WorstCase } from '../../lib/rules/comparison/comparison-report.ts'
import { agreementSentence } from '../view/compare-view.ts'
import { counted, milliseconds } from '../view/figures.ts'
import { Heads } from './heads.tsx'

/** A comparison as the API keeps it. */
export interface KeptComparison {
  readonly report: ComparisonReport
  readonly found: number
  readonly leftOut: readonly { readonly why: string; readonly rows: number }[]
  readonly stopped?: string
}

/** What came of asking two versions the same. */
export function ComparisonFound({ comparison }: { readonly comparison: KeptComparison }) {
  const { report, leftOut, stopped } = comparison
  const { a, b, latencyMs, worst, where } = report
  return (
    <section>
      <h2>{agreementSentence(report)}</h2>
      <p>
        <bdi>{where}</bdi>
      </p>
      <p class="aside">
        p95: {milliseconds(latencyMs.a?.p95)} of {a}, {milliseconds(latencyMs.b?.p95)} of {b}.{' '}
        {leftOut.map(({ why, rows }) => `${counted(rows, 'row')} left out: ${why}. `)}
        {stopped}
      </p>
      {worst.length > 0 && <Worst cases={worst} a={a} b={b} />}
    </section>
  )
}

function Worst({
  cases,
  a,
  b,
}: {
  readonly cases: readonly WorstCase[]
  readonly a: string
  readonly b: string
}) {
  return (
    <table class="stacked worst">
      <Heads of={['The worst cases', a, b]} />
      <tbody>
        {cases.slice(0, 10).map((one, i) => (
          <tr key={`${one.requestId} ${one.row} ${i}`}>
            <td>
              <code>{one.inputs === undefined ? 'not kept' : JSON.stringify(one.inputs)}</code>
            </td>
            <td>
              <code>{JSON.stringify(one.a)}</code>
            </td>
            <td>
              <code>{JSON.stringify(one.b)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
