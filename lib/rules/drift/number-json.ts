import { z } from 'zod'
import { ExactSum } from './exact-sum.ts'
import { mostCells, mostCoarseness } from './number-cells.ts'
import { NumberSketch } from './number-sketch.ts'

const count = z.int().nonnegative()
const sum = z.string().max(210)

/** The members of a column of numbers in a sketch on disk. */
export const numberJson = {
  kind: z.literal('numbers'),
  missing: count,
  infinite: count,
  unreadable: count,
  zero: count,
  /** Null where there is no number. */
  min: z.number().nullable(),
  max: z.number().nullable(),
  areWhole: z.boolean(),
  coarseness: count.max(mostCoarseness),
  /** The cells in order, each as its distance from the one before it and its count. */
  cells: z.array(z.int()).max(mostCells * 2),
  sum,
  squares: sum,
  pairs: z.strictObject({ count, x: sum, xx: sum, y: sum, yy: sum, xy: sum }),
}
const shape = z.strictObject(numberJson)
export type NumberJson = z.infer<typeof shape>

export function numbersToJson(sketch: NumberSketch): NumberJson {
  const { count: numbers, cells, paired } = sketch
  let last = 0
  return {
    kind: 'numbers',
    missing: sketch.missing,
    infinite: sketch.infinite,
    unreadable: sketch.unreadable,
    zero: sketch.zero,
    min: numbers === 0 ? null : sketch.min,
    max: numbers === 0 ? null : sketch.max,
    areWhole: sketch.areWhole,
    coarseness: cells.coarseness,
    cells: cells.entries().flatMap(([key, inside]) => {
      const distance = key - last
      last = key
      return [distance, inside]
    }),
    sum: sketch.sum.toText(),
    squares: sketch.squares.toText(),
    pairs: {
      count: paired.count,
      x: paired.x.toText(),
      xx: paired.xx.toText(),
      y: paired.y.toText(),
      yy: paired.yy.toText(),
      xy: paired.xy.toText(),
    },
  }
}

/** @returns what is wrong, where the members contradict each other */
export function numbersFrom(json: NumberJson): NumberSketch | string {
  const sketch = new NumberSketch()
  const { missing, infinite, unreadable, zero, areWhole } = json
  Object.assign(sketch, { missing, infinite, unreadable, zero, areWhole, count: zero })
  const fault = readCells(sketch, json) ?? readRange(sketch, json) ?? readSums(sketch, json)
  return fault ?? sketch
}

function readCells(sketch: NumberSketch, { coarseness, cells }: NumberJson): string | undefined {
  sketch.cells.coarsen(coarseness)
  if (cells.length % 2 !== 0) return 'a cell has no count'
  const furthest = 0x7fef_ffff >> coarseness
  let key = 0
  for (let i = 0; i < cells.length; i += 2) {
    const [distance = 0, inside = 0] = cells.slice(i, i + 2)
    if (i > 0 && distance < 1) return 'its cells are not in order'
    if (inside < 1) return 'a cell is empty'
    key += distance
    if (key > furthest || key < ~furthest) return 'a cell lies beyond all numbers'
    sketch.cells.addKey(key, inside)
    sketch.count += inside
  }
  return Number.isSafeInteger(sketch.count) ? undefined : 'its counts are too large'
}

function readRange(sketch: NumberSketch, { min, max }: NumberJson): string | undefined {
  if (sketch.count === 0) return min === null && max === null ? undefined : 'it has a range and no number'
  if (min === null || max === null || min > max) return 'it has numbers and no range'
  const cells = sketch.cells.cells(sketch.cells.coarseness)
  const outermost = [...cells.slice(0, 1), ...cells.slice(-1)]
  if (outermost.some(({ lower, upper }) => upper < min || lower > max)) return 'a cell lies outside its range'
  sketch.min = min
  sketch.max = max
  return undefined
}

function readSums(sketch: NumberSketch, { sum: whole, squares, pairs }: NumberJson): string | undefined {
  if (pairs.count > sketch.count) return 'it has more pairs than numbers'
  sketch.paired.count = pairs.count
  const texts: [ExactSum, string][] = [
    [sketch.sum, whole],
    [sketch.squares, squares],
    ...(['x', 'xx', 'y', 'yy', 'xy'] as const).map((part): [ExactSum, string] => [
      sketch.paired[part],
      pairs[part],
    ]),
  ]
  for (const [sum, text] of texts) {
    const read = ExactSum.parse(text)
    if (read === undefined) return `${text.slice(0, 20)} is no sum`
    sum.merge(read)
  }
  return undefined
}
