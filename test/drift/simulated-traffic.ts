import { addColumns } from '../../lib/rules/drift/number-columns.ts'
import { emptySketch, type VersionSketch } from '../../lib/rules/drift/version-sketch.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { normalFrom, uniform } from '../rules/drift/random.ts'

/** A value of a feature; `shift` moves it by so many standard deviations, roughly where a shape has no middle. */
type Draw = (next: () => number, normal: () => number, shift: number) => number

const amounts: readonly Draw[] = [
  (_, normal, shift) => normal() + shift,
  (_, normal, shift) => 1000 + 5 * (normal() + shift),
  (_, normal, shift) => Math.exp(normal() + shift),
  (next, _, shift) => next() + shift * 0.29,
  (next, _, shift) => -Math.log(1 - next()) + shift,
  (next, _, shift) => Math.floor(-Math.log(1 - next()) * 5 + shift * 5),
  (next, normal, shift) => (next() < 0.7 ? 0 : normal() + 3) + shift * 1.5,
  (next, _, shift) => (next() < 0.2 + shift * 0.4 ? 1 : 0),
  (next, _, shift) => Math.floor(next() * 4 + shift * 1.15),
  (next, _, shift) => (next() < 0.1 ? Number.NaN : next() * 10 + shift * 2.9),
]

/** Thirty features, three of each of ten shapes: amounts, counts, codes, many zeros, missing values. */
export const features = 30
export const signature: Signature = {
  inputs: Array.from({ length: features }, (_, i) => ({ name: `f${i}`, type: 'float64', shape: [] })),
  outputs: [{ name: 'score', type: 'float64', shape: [] }],
}

/** What happens to the traffic: so many of the features move by so many deviations. */
export interface Shift {
  readonly features: number
  readonly deviations: number
}
export const noShift: Shift = { features: 0, deviations: 0 }

/** Rows of traffic in a sketch. The same seed makes the same rows. */
export function traffic(seed: number, rows: number, shift: Shift): VersionSketch {
  const next = uniform(seed)
  const normal = normalFrom(next)
  const columns: Record<string, Float64Array> = {}
  for (let feature = 0; feature < features; feature += 1) {
    const draw = amounts[feature % amounts.length]
    const by = feature < shift.features ? shift.deviations : 0
    if (draw !== undefined)
      columns[`f${feature}`] = Float64Array.from({ length: rows }, () => draw(next, normal, by))
  }
  const first = columns['f0']
  columns['score'] = Float64Array.from({ length: rows }, (_, row) => (first?.[row] ?? 0) / 2 + normal())
  const sketch = emptySketch(signature)
  addColumns(sketch, columns)
  return sketch
}
