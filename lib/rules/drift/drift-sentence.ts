import type { DriftBin, DriftMeasures } from './drift-report.ts'
import { plainNumber, plainPercent } from './plain-number.ts'
import type { Sign } from './sign.ts'

/** The part of the values that carries most of a change. */
export interface Cause {
  readonly bin: DriftBin
  /** Of all rows that would have to change their part, how many come into this one, or leave it; 0 to 1. */
  readonly share: number
}

/**
 * The part that most rows came into. Half of the summed differences of all shares is what came in somewhere, and the other
 * half what left: a part's own difference is a share of that.
 */
export function causeOf(bins: readonly DriftBin[]): Cause | undefined {
  const came = bins.reduce((sum, { baseline, current }) => sum + Math.max(0, current - baseline), 0)
  const [first, ...others] = bins
  if (first === undefined || came <= 1e-12) return undefined
  const rise = ({ baseline, current }: DriftBin) => current - baseline
  const bin = others.reduce((most, one) => (rise(one) > rise(most) ? one : most), first)
  return { bin, share: Math.min(1, rise(bin) / came) }
}

/** What happened to a column: by the sign that decided, and in short by the others that drifted. */
export function sentenceOf(
  name: string,
  [decided, ...others]: readonly [Sign, ...Sign[]],
  measures: DriftMeasures,
  cause: Cause | undefined,
): string {
  const isAmount = measures.median !== undefined
  const because = cause === undefined ? [] : [causeTold(cause, isAmount)]
  // Where the cause is a value that the baseline never had, it has said so.
  const untold = others.filter(({ statistic }) => statistic !== 'new-categories' || cause?.bin.baseline !== 0)
  const head = headOf(name, decided, measures)
  const parts = decided.statistic === 'missing' ? [head] : [head, ...because]
  return [...parts, ...untold.map((sign) => inShort(sign, measures))].join('; ')
}

function headOf(name: string, sign: Sign, measures: DriftMeasures): string {
  const { statistic, value } = sign
  if (statistic === 'missing') return `\`${name}\` is ${inShort(sign, measures)}`
  if (statistic === 'out-of-range')
    return `${plainPercent(value)} of \`${name}\` lie outside of all that the baseline has`
  if (statistic === 'new-categories')
    return `${plainPercent(value)} of \`${name}\` are values that the baseline never had`
  const { median } = measures
  if (median === undefined) return `\`${name}\` is spread over its values in another way`
  const [before, now] = [plainNumber(median.baseline), plainNumber(median.current)]
  return before === now
    ? `\`${name}\` kept its median of ${now} and changed around it`
    : `\`${name}\` moved from median ${before} to ${now}`
}

function inShort({ statistic, value }: Sign, { missing }: DriftMeasures): string {
  if (statistic === 'missing')
    return `missing in ${plainPercent(missing.current)} of rows, and was in ${plainPercent(missing.baseline)}`
  if (statistic === 'out-of-range') return `${plainPercent(value)} lie outside of all that the baseline has`
  return `${plainPercent(value)} are values that the baseline never had`
}

function causeTold({ bin, share }: Cause, isAmount: boolean): string {
  const rows =
    bin.baseline === 0
      ? `of which the baseline has none, now ${plainPercent(bin.current)} of rows`
      : `from ${plainPercent(bin.baseline)} to ${plainPercent(bin.current)} of rows`
  const values = /^(?:under|above) /.test(bin.label) ? 'values' : 'values of'
  return `${plainPercent(share)} of the change is ${isAmount ? `${values} ` : ''}${bin.label}, ${rows}`
}

/** A column that did not move, or not by enough. */
export function steadySentence(name: string, { median }: DriftMeasures): string {
  return median === undefined
    ? `\`${name}\` is steady`
    : `\`${name}\` is steady: median ${plainNumber(median.current)}, and ${plainNumber(median.baseline)} before`
}
