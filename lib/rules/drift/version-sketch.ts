import type { InputRecord } from '../request-records.ts'
import type { Signature } from '../signature.ts'
import { CategorySketch } from './category-sketch.ts'
import { NumberSketch } from './number-sketch.ts'
import { predictionColumn, type SketchedColumn, sketchedColumns } from './sketched-columns.ts'
import { summaryOf } from './summary-of.ts'

export type ColumnSketch = NumberSketch | CategorySketch

/** All that is kept of the records of a version: rows, and a sketch for each column of its signature. */
export interface VersionSketch {
  readonly signature: Signature
  /** Records, whatever was in them. */
  rows: number
  readonly columns: readonly SketchedColumn[]
  /** One for each column, in the same order. */
  readonly sketches: readonly ColumnSketch[]
  /** Where the column stands that numbers are correlated with; undefined where no output is a number. */
  readonly predictionAt: number | undefined
}

/** A sketch of no record at all: merging it changes nothing. */
export function emptySketch(signature: Signature): VersionSketch {
  const columns = sketchedColumns(signature)
  const prediction = predictionColumn(columns)
  return {
    signature,
    rows: 0,
    columns,
    sketches: columns.map(({ kind }) => (kind === 'numbers' ? new NumberSketch() : new CategorySketch())),
    predictionAt: prediction === undefined ? undefined : columns.indexOf(prediction),
  }
}

/**
 * Count one captured record. What is absent or null is missing, and what has another type than its field is unreadable:
 * neither stops the count.
 * @param inputs the record by input name; where there is one input only, its bare value is understood too
 * @param prediction the entry of `predictions`: the bare value of one output, an object by name of several; undefined
 * where there is none, as in a training sample: then the columns of outputs do not count the row
 */
export function addRecord(sketch: VersionSketch, inputs: unknown, prediction?: unknown): void {
  sketch.rows += 1
  const { signature, columns, sketches, predictionAt } = sketch
  const given = byName(inputs, signature.inputs.length === 1 ? signature.inputs[0]?.name : undefined)
  const answered = byName(prediction, signature.outputs.length === 1 ? signature.outputs[0]?.name : undefined)
  const at = predictionAt === undefined ? undefined : columns[predictionAt]
  const target =
    at === undefined || prediction === undefined ? undefined : readNumber(partOf(answered[at.field], at))
  for (const [i, column] of columns.entries()) {
    const one = sketches[i]
    if (one === undefined || (column.side === 'output' && prediction === undefined)) continue
    const value = (column.side === 'input' ? given : answered)[column.field]
    addValue(one, column, value, typeof target === 'number' ? target : undefined)
  }
}

/** An only field's bare value stands for an object that holds it. */
function byName(values: unknown, only: string | undefined): InputRecord {
  const isObject = typeof values === 'object' && values !== null && !Array.isArray(values)
  if (isObject && (only === undefined || Object.hasOwn(values, only))) return values as InputRecord
  return only === undefined ? {} : { [only]: values }
}

function addValue(
  sketch: ColumnSketch,
  column: SketchedColumn,
  value: unknown,
  target: number | undefined,
): void {
  if (column.part.of === 'elements') addElements(sketch, value)
  else addPart(sketch, partOf(value, column), target)
}

function addElements(sketch: ColumnSketch, value: unknown): void {
  const elements = Array.isArray(value) ? (value.flat(Number.POSITIVE_INFINITY) as unknown[]) : [value]
  for (const element of elements) addPart(sketch, element, undefined)
}

function partOf(value: unknown, { part }: SketchedColumn): unknown {
  if (part.of === 'value' || value === undefined || value === null) return value
  if (!Array.isArray(value)) return unreadable
  const flat = value.flat(Number.POSITIVE_INFINITY) as unknown[]
  if (part.of === 'element') return flat[part.index]
  return part.of === 'summary' ? summaryOf(flat, part.what) : unreadable
}

/** What is of another type than its field. */
const unreadable = Symbol('unreadable')

function addPart(sketch: ColumnSketch, value: unknown, target: number | undefined): void {
  if (value === undefined || value === null) sketch.missing += 1
  else if (sketch.kind === 'numbers') {
    const number = readNumber(value)
    if (number === unreadable) sketch.unreadable += 1
    else sketch.add(number, target)
  } else if (typeof value === 'string' || typeof value === 'boolean') sketch.add(String(value))
  else sketch.unreadable += 1
}

/** Integers beyond 2^53 travel as strings of digits. */
function readNumber(value: unknown): number | typeof unreadable {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? Number(value) : unreadable
}

/**
 * Count the records of another sketch in this one as well. In whatever order and grouping sketches are merged, the result is
 * the same to the last bit. @throws Error where the other has other columns
 */
export function mergeSketch(into: VersionSketch, from: VersionSketch): void {
  if (!isAlike(into.columns, from.columns))
    throw new Error('sketches of two signatures cannot be merged: their columns differ')
  into.rows += from.rows
  for (const [i, sketch] of into.sketches.entries()) {
    const other = from.sketches[i]
    if (sketch.kind === 'numbers' && other?.kind === 'numbers') sketch.merge(other)
    if (sketch.kind === 'categories' && other?.kind === 'categories') sketch.merge(other)
  }
}

/** Whether two lists of columns are the same columns in the same order. */
export function isAlike(one: readonly SketchedColumn[], other: readonly SketchedColumn[]): boolean {
  const keyOf = ({ side, kind, name }: SketchedColumn) => `${side} ${kind} ${name}`
  return one.length === other.length && one.every((column, i) => keyOf(column) === keyOf(other[i] ?? column))
}
