import { nearest } from '../did-you-mean.ts'
import { counted, type Finding, Problem, shown } from '../problem.ts'
import { describeFields, type Field, rowInput, type Signature } from '../signature.ts'
import { baselineFault, baselineValue, type CellForm } from './baseline-value.ts'

/** The names a baseline may have, in the root of a release. */
export const baselineFiles = ['baseline.csv', 'baseline.parquet', 'baseline.jsonl'] as const
export type BaselineFile = (typeof baselineFiles)[number]

/** One row of a baseline as a sketch counts it. */
export interface BaselineRow {
  readonly inputs: Readonly<Record<string, unknown>>
  /** By name; absent where the baseline has no outputs. */
  readonly prediction?: Readonly<Record<string, unknown>>
}

/** Reads the cells of one row. @param row counted from 1 @throws Problem `baseline-invalid` */
export type BaselineRowReader = (cells: readonly unknown[], row: number) => BaselineRow

/** The baseline of a release. @returns undefined where it has none @throws Problem `baseline-invalid` where it has several */
export function baselineFileOf(paths: readonly string[]): BaselineFile | undefined {
  const [file, ...others] = baselineFiles.filter((name) => paths.includes(name))
  if (file !== undefined && others.length > 0)
    throw baselineInvalid(
      `the release has ${[file, ...others].join(' and ')}, and one baseline is compared with: leave one of them out`,
    )
  return file
}

/**
 * Match the columns of a baseline with a signature: inputs by name, each of them, and outputs by name where they are there. A
 * model with one tensor input takes the columns that are no output as its elements, in their order.
 * @throws Problem `baseline-invalid` with every column that is wrong
 */
export function baselineReader(
  file: BaselineFile,
  columns: readonly string[],
  signature: Signature,
  form: CellForm,
): BaselineRowReader {
  refuseTwice(file, columns)
  const row = rowInput(signature)
  if (row !== undefined && !columns.includes(row.name))
    return elementsReader(file, columns, signature, row, form)
  const places = columns.map((name) => fieldOf(name, signature))
  const unknown = columns.filter((_, i) => places[i] === undefined)
  const missing = signature.inputs.filter(({ name }) => !columns.includes(name))
  if (unknown.length + missing.length > 0) throw wrongColumns(file, unknown, missing, signature)
  return (cells, at) => {
    const inputs: Record<string, unknown> = {}
    const prediction: Record<string, unknown> = {}
    for (const [i, place] of places.entries()) {
      if (place === undefined) continue
      const value = checkedValue(file, place.field, cells[i], at, form)
      const side = place.side === 'input' ? inputs : prediction
      side[place.field.name] = value ?? null
    }
    return withPrediction(inputs, prediction, places)
  }
}

interface Place {
  readonly side: 'input' | 'output'
  readonly field: Field
}

/** An input and an output of one name: the column is that of the input. */
function fieldOf(name: string, { inputs, outputs }: Signature): Place | undefined {
  const input = inputs.find((field) => field.name === name)
  if (input !== undefined) return { side: 'input', field: input }
  const output = outputs.find((field) => field.name === name)
  return output && { side: 'output', field: output }
}

function withPrediction(
  inputs: BaselineRow['inputs'],
  prediction: Readonly<Record<string, unknown>>,
  places: readonly (Place | undefined)[],
): BaselineRow {
  return places.some((place) => place?.side === 'output') ? { inputs, prediction } : { inputs }
}

function elementsReader(
  file: BaselineFile,
  columns: readonly string[],
  { outputs }: Signature,
  row: Field,
  form: CellForm,
): BaselineRowReader {
  const places = columns.map((name): Place => {
    const output = outputs.find((field) => field.name === name)
    return output === undefined
      ? { side: 'input', field: { name, type: row.type, shape: [] } }
      : { side: 'output', field: output }
  })
  const elements = places.filter(({ side }) => side === 'input').length
  const wanted = row.shape.reduce<number | null>(
    (all, size) => (all === null || size === null ? null : all * size),
    1,
  )
  if (wanted !== null && elements !== wanted)
    throw baselineInvalid(
      `${file} has ${counted(elements, 'column')} that ${elements === 1 ? 'is' : 'are'} no output, and '${row.name}' has ${wanted} elements: write one column an element, in their order`,
    )
  return (cells, at) => {
    const values: unknown[] = []
    const prediction: Record<string, unknown> = {}
    for (const [i, { side, field }] of places.entries()) {
      const value = checkedValue(file, field, cells[i], at, form)
      if (side === 'input') values.push(value ?? null)
      else prediction[field.name] = value ?? null
    }
    return withPrediction({ [row.name]: values }, prediction, places)
  }
}

function checkedValue(file: BaselineFile, field: Field, cell: unknown, row: number, form: CellForm): unknown {
  const value = baselineValue(field, cell, form)
  if (!baselineFault(field, value)) return value
  const allowed = `${describeFields([field])}, or nothing where it is missing`
  throw baselineInvalid(
    `row ${row} of ${file} has ${shown(cell)} under '${field.name}', and ${describeFields([field])} is allowed, or nothing where the value is missing`,
    [{ pointer: `/${row}/${field.name}`, found: shown(cell), allowed }],
  )
}

function refuseTwice(file: BaselineFile, columns: readonly string[]): void {
  const twice = columns.find((name, i) => columns.indexOf(name) !== i)
  if (twice !== undefined) throw baselineInvalid(`${file} has the column ${shown(twice)} twice`)
}

/** The most columns that one refusal names. */
const mostNamed = 5

function wrongColumns(
  file: BaselineFile,
  unknown: readonly string[],
  missing: readonly Field[],
  { inputs, outputs }: Signature,
): Problem {
  const names = [...inputs, ...outputs].map(({ name }) => name)
  const findings: Finding[] = [
    ...unknown.slice(0, 100).map((name) => {
      const close = nearest(name, names)
      return {
        pointer: `/${name}`,
        found: `the column ${shown(name)}`,
        allowed: close === undefined ? names.join(', ') : `'${close}' (did you mean it?)`,
      }
    }),
    ...missing.map((field) => ({
      pointer: `/${field.name}`,
      found: 'nothing',
      allowed: describeFields([field]),
    })),
  ]
  const told = [
    ...(unknown.length === 0
      ? []
      : [
          `${named(unknown)} ${unknown.length === 1 ? 'is' : 'are'} neither input nor output${meant(unknown, names)}`,
        ]),
    ...(missing.length === 0 ? [] : [`of the inputs it has no ${named(missing.map(({ name }) => name))}`]),
  ]
  return baselineInvalid(
    `the columns of ${file} are not those of the model: ${told.join('; ')}; a baseline has the inputs by name, and outputs where they are known: leave other columns out`,
    findings,
  )
}

function named(names: readonly string[]): string {
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  return `${names
    .slice(0, mostNamed)
    .map((name) => shown(name))
    .join(', ')}${more}`
}

function meant(unknown: readonly string[], names: readonly string[]): string {
  const [only, ...others] = unknown
  const close = only === undefined || others.length > 0 ? undefined : nearest(only, names)
  return close === undefined ? '' : ` (did you mean '${close}'?)`
}

/** A baseline that cannot be compared with. */
export function baselineInvalid(sentence: string, errors: readonly Finding[] = []): Problem {
  return new Problem('baseline-invalid', sentence, errors)
}
