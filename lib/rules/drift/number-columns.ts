import { BlockTerms, blockRows } from './block-terms.ts'
import { ExactSum, summand } from './exact-sum.ts'
import type { NumberSketch } from './number-sketch.ts'
import { predictionColumn } from './sketched-columns.ts'
import type { VersionSketch } from './version-sketch.ts'

export type Numbers = Float64Array | Float32Array

/** A block of predictions, made ready once for all columns beside it. */
interface Targets {
  readonly values: Numbers
  /** Absent where a row has no prediction. */
  readonly sums?: { readonly y: ExactSum; readonly yy: ExactSum }
}

/**
 * Count a whole column of numbers, NaN as missing: the same sketch as adding them one by one, several times as fast.
 * @param predictions the prediction beside each number
 */
export function addNumbers(sketch: NumberSketch, values: Numbers, predictions?: Numbers): void {
  for (let from = 0; from < values.length; from += blockRows) {
    const targets = predictions?.subarray(from, from + blockRows)
    addBlock(sketch, values.subarray(from, from + blockRows), targets && targetsOf(targets))
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
    const values = target?.subarray(from, from + blockRows)
    const targets = values && targetsOf(values)
    for (const [i, { name, side }] of columns.entries()) {
      const one = sketches[i]
      const column = numbers[name]
      if (one === undefined) continue
      if (column !== undefined && one.kind === 'numbers')
        addBlock(one, column.subarray(from, from + blockRows), targets)
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

const block = new Float64Array(blockRows)
const blockWords = new Int32Array(block.buffer)
/** The terms of one block of one column, and of the predictions beside it: between blocks they are nobody's. */
const [xs, ys] = [new BlockTerms(), new BlockTerms()]

/** Leaves the terms in `ys` where every row has its prediction. */
function targetsOf(values: Numbers): Targets {
  if (!values.every(Number.isFinite)) return { values }
  ys.take(values, values.length)
  const [y, yy] = [new ExactSum(), new ExactSum()]
  addSum(ys, y)
  addProducts(ys, ys, yy)
  return { values, sums: { y, yy } }
}

/** One block of a column, in passes that each do one thing. */
function addBlock(sketch: NumberSketch, values: Numbers, targets: Targets | undefined) {
  const numbers = gathered(sketch, values)
  sketch.cells.addBlock(block, blockWords, numbers)
  sketch.count += numbers
  if (sketch.areWhole) sketch.areWhole = areWhole(numbers)
  const isDense = numbers === values.length && (targets === undefined || targets.sums !== undefined)
  if (isDense) addDenseSums(sketch, numbers, targets?.sums)
  else addSparseSums(sketch, values, targets?.values)
}

/** Copy the finite numbers of a block, count the others and zeros. @returns how many were copied */
function gathered(sketch: NumberSketch, values: Numbers): number {
  let { min, max, zero } = sketch
  let numbers = 0
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0
    if (value - value !== 0) {
      if (Number.isNaN(value)) sketch.missing += 1
      else sketch.infinite += 1
      continue
    }
    block[numbers] = value
    numbers += 1
    if (value === 0) zero += 1
    if (value < min) min = value
    if (value > max) max = value
  }
  Object.assign(sketch, { min: min + 0, max: max + 0, zero })
  return numbers
}

function areWhole(numbers: number): boolean {
  for (let i = 0; i < numbers; i += 1) if (!Number.isInteger(block[i])) return false
  return true
}

/** Every row has its number and its prediction: what both have in common is summed once. */
function addDenseSums(
  { sum, squares, paired }: NumberSketch,
  numbers: number,
  sums: Targets['sums'] | undefined,
): void {
  xs.take(block, numbers)
  if (sums === undefined) {
    addSum(xs, sum)
    addProducts(xs, xs, squares)
    return
  }
  addSum(xs, sum, paired.x)
  addProducts(xs, xs, squares, paired.xx)
  addProducts(xs, ys, paired.xy)
  paired.count += numbers
  paired.y.merge(sums.y)
  paired.yy.merge(sums.yy)
}

/** Add a block's terms to each of these sums. */
function addSum(terms: BlockTerms, ...to: readonly ExactSum[]): void {
  if (terms.areClose) {
    const whole = terms.sum()
    for (const sum of to) sum.addWhole(whole)
  } else for (const sum of to) for (let i = 0; i < terms.count; i += 1) sum.add(terms.values[i] ?? 0)
}

/** Add the products of two blocks to each of these sums. */
function addProducts(one: BlockTerms, other: BlockTerms, ...to: readonly ExactSum[]): void {
  if (one.areClose && other.areClose) {
    const [upper, lower] = one.products(other)
    for (const sum of to) {
      sum.addWhole(upper)
      sum.addWhole(lower)
    }
  } else
    for (const sum of to)
      for (let i = 0; i < one.count; i += 1) sum.addProduct(one.values[i] ?? 0, other.values[i] ?? 0)
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
