import { ExactSum, summand } from './exact-sum.ts'
import { upperWord } from './float-bits.ts'
import type { NumberSketch } from './number-sketch.ts'
import { predictionColumn } from './sketched-columns.ts'
import type { VersionSketch } from './version-sketch.ts'

export type Numbers = Float64Array | Float32Array

/** Rows that are worked through at a time: what is copied of them fits into the fastest memory. */
const blockRows = 2048

/** The sums of a block of predictions, made once for all columns beside them. */
interface PredictionSums {
  readonly y: ExactSum
  readonly yy: ExactSum
  /** Whether there is one in every row. */
  readonly areAll: boolean
}

/**
 * Count a whole column of numbers, NaN as missing: the same sketch as adding them one by one, several times as fast.
 * @param predictions the prediction beside each number
 */
export function addNumbers(sketch: NumberSketch, values: Numbers, predictions?: Numbers): void {
  for (let from = 0; from < values.length; from += blockRows) {
    const targets = predictions?.subarray(from, from + blockRows)
    addBlock(sketch, values.subarray(from, from + blockRows), targets, targets && sumsOf(targets))
  }
}

/**
 * Count rows that are laid out by column. Columns that are not named have no value in these rows; outputs may be left out
 * altogether. @throws Error where a name is no column of numbers, or the columns differ in length
 */
export function addColumns(sketch: VersionSketch, numbers: Readonly<Record<string, Numbers>>): void {
  const { columns, sketches } = sketch
  const rows = rowsOf(sketch, numbers)
  const prediction = predictionColumn(columns)
  const target = prediction === undefined ? undefined : numbers[prediction.name]
  for (let from = 0; from < rows; from += blockRows) {
    const targets = target?.subarray(from, from + blockRows)
    const sums = targets && sumsOf(targets)
    for (const [i, { name, side }] of columns.entries()) {
      const one = sketches[i]
      const values = numbers[name]
      if (one === undefined) continue
      if (values !== undefined && one.kind === 'numbers')
        addBlock(one, values.subarray(from, from + blockRows), targets, sums)
      else if (side === 'input') one.missing += Math.min(blockRows, rows - from)
    }
  }
  sketch.rows += rows
}

function rowsOf({ columns }: VersionSketch, numbers: Readonly<Record<string, Numbers>>): number {
  const lengths = new Set(Object.values(numbers).map(({ length }) => length))
  if (lengths.size > 1)
    throw new Error(`the columns have ${[...lengths].join(' and ')} rows, and all must have as many`)
  const known = new Set(columns.filter(({ kind }) => kind === 'numbers').map(({ name }) => name))
  const odd = Object.keys(numbers).find((name) => !known.has(name))
  if (odd !== undefined)
    throw new Error(`'${odd}' is no column of numbers; there are ${[...known].join(', ') || 'none'}`)
  return [...lengths][0] ?? 0
}

function sumsOf(predictions: Numbers): PredictionSums {
  const [y, yy] = [new ExactSum(), new ExactSum()]
  let areAll = true
  for (const prediction of predictions) {
    if (!Number.isFinite(prediction)) {
      areAll = false
      continue
    }
    const term = summand(prediction)
    y.add(term)
    yy.addProduct(term, term)
  }
  return { y, yy, areAll }
}

const block = new Float64Array(blockRows)
const blockWords = new Int32Array(block.buffer)
/** The sums of one block of one column: between blocks they are nobody's. */
const [x, xx] = [new ExactSum(), new ExactSum()]

/** One block of a column, in passes that each do one thing. */
function addBlock(
  sketch: NumberSketch,
  values: Numbers,
  targets: Numbers | undefined,
  sums: PredictionSums | undefined,
) {
  const numbers = gathered(sketch, values)
  countCells(sketch, numbers)
  const isDense = numbers === values.length && (targets === undefined || sums?.areAll === true)
  if (isDense) addDenseSums(sketch, numbers, targets, sums)
  else addSparseSums(sketch, values, targets)
}

/** Copy the finite numbers of a block, count the others. @returns how many were copied */
function gathered(sketch: NumberSketch, values: Numbers): number {
  let numbers = 0
  for (const value of values) {
    if (value - value === 0) {
      block[numbers] = value
      numbers += 1
    } else if (Number.isNaN(value)) sketch.missing += 1
    else sketch.infinite += 1
  }
  return numbers
}

function countCells(sketch: NumberSketch, numbers: number): void {
  let { min, max, zero, areWhole } = sketch
  for (let i = 0; i < numbers; i += 1) {
    const value = block[i] ?? 0
    if (value === 0) zero += 1
    else sketch.cells.addBits(blockWords[2 * i + upperWord] ?? 0, 1)
    if (value < min) min = value
    if (value > max) max = value
    if (areWhole && Math.floor(value) !== value) areWhole = false
  }
  sketch.count += numbers
  Object.assign(sketch, { min: min + 0, max: max + 0, zero, areWhole })
}

/** Every row has its number and its prediction: what both have in common is summed once. */
function addDenseSums(
  { sum, squares, paired }: NumberSketch,
  numbers: number,
  targets: Numbers | undefined,
  sums: PredictionSums | undefined,
): void {
  x.clear()
  xx.clear()
  for (let i = 0; i < numbers; i += 1) {
    const term = summand(block[i] ?? 0)
    x.add(term)
    xx.addProduct(term, term)
    if (targets !== undefined) paired.xy.addProduct(term, summand(targets[i] ?? 0))
  }
  sum.merge(x)
  squares.merge(xx)
  if (sums === undefined) return
  paired.count += numbers
  paired.x.merge(x)
  paired.xx.merge(xx)
  paired.y.merge(sums.y)
  paired.yy.merge(sums.yy)
}

function addSparseSums(
  { sum, squares, paired }: NumberSketch,
  values: Numbers,
  targets: Numbers | undefined,
): void {
  for (const [i, value] of values.entries()) {
    if (!Number.isFinite(value)) continue
    const one = summand(value)
    sum.add(one)
    squares.addProduct(one, one)
    const target = targets?.[i] ?? Number.NaN
    if (!Number.isFinite(target)) continue
    const y = summand(target)
    paired.count += 1
    paired.x.add(one)
    paired.xx.addProduct(one, one)
    paired.y.add(y)
    paired.yy.addProduct(y, y)
    paired.xy.addProduct(one, y)
  }
}
