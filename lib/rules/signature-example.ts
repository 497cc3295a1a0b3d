import { stringify } from 'csv-stringify/sync'
import { type Field, rowInput, type Signature } from './signature.ts'

/** A request and its answer, as they are shown to who writes a client. */
export interface CallExample {
  readonly request: unknown
  readonly answer: unknown
}

/** A larger record would be most of the document that it is an example in. */
const mostElements = 1000

/**
 * A call formed from a signature: it fits, and its values mean nothing.
 * @returns undefined where a record or a prediction is too large to be shown
 */
export function exampleOf(signature: Signature): CallExample | undefined {
  const record = exampleRecord(signature)
  if (record === undefined || elementsOf(signature.outputs) > mostElements) return undefined
  const [only] = signature.outputs
  const prediction =
    signature.outputs.length === 1 && only !== undefined
      ? exampleValue(only)
      : Object.fromEntries(signature.outputs.map((field) => [field.name, exampleValue(field)]))
  return { request: [record], answer: { predictions: [prediction] } }
}

function exampleRecord(signature: Signature): unknown {
  if (elementsOf(signature.inputs) > mostElements) return undefined
  const row = rowInput(signature)
  return row === undefined
    ? Object.fromEntries(signature.inputs.map((field) => [field.name, exampleValue(field)]))
    : exampleValue(row)
}

/** Whether records can be written as rows of text: bare values under their names, or one row. */
export function fitsCsv(signature: Signature): boolean {
  return rowInput(signature)?.shape.length === 1 || signature.inputs.every(({ shape }) => shape.length === 0)
}

/** The same call as CSV. */
export function csvExample(signature: Signature): string | undefined {
  const record = exampleRecord(signature)
  if (record === undefined || !fitsCsv(signature)) return undefined
  const cast = { boolean: String }
  if (Array.isArray(record)) return stringify([record], { cast })
  return stringify([record as Record<string, unknown>], { header: true, cast })
}

function elementsOf(fields: readonly Field[]): number {
  return fields.reduce(
    (sum, { shape }) => sum + shape.reduce<number>((product, size) => product * (size ?? 1), 1),
    0,
  )
}

function exampleValue({ type, shape, values }: Field): unknown {
  const element =
    type === 'string'
      ? (values?.[0] ?? 'text')
      : type === 'boolean'
        ? true
        : type.startsWith('float')
          ? 0.5
          : 1
  return shape.reduceRight<unknown>((inner, size) => Array.from({ length: size ?? 1 }, () => inner), element)
}
