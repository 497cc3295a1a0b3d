import { stringify } from 'csv-stringify/sync'
import { writeNpy } from './npy.ts'
import { Problem } from './problem.ts'

/** The media types an answer can be asked for in `Accept`; the first is the default. */
export const answerTypes = [
  'application/json',
  'text/csv',
  'application/jsonlines',
  'application/x-npy',
] as const
export type AnswerType = (typeof answerTypes)[number]

/**
 * Write predictions in the type that the caller accepts: CSV with a header where predictions have names, nested lists
 * spread over numbered columns; JSON Lines one prediction a line; NPY where every prediction is a number or a list of
 * as many numbers. @throws Problem `not-acceptable` where the predictions do not fit the type
 */
export function writeAnswer(predictions: readonly unknown[], type: AnswerType): string | Uint8Array {
  if (type === 'text/csv') return writeCsv(predictions)
  if (type === 'application/jsonlines') return predictions.map((one) => `${JSON.stringify(one)}\n`).join('')
  if (type === 'application/x-npy') return writeRows(predictions)
  return JSON.stringify({ predictions })
}

function writeCsv(predictions: readonly unknown[]): string {
  const rows = predictions.map((one) => flattened(one, ''))
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return stringify(rows, { header: columns.some((name) => name !== ''), columns, cast: { boolean: String } })
}

/** `{a: 1, b: [2, 3]}` as `{a: 1, 'b.0': 2, 'b.1': 3}`. */
function flattened(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return { [at]: value }
  const under = (key: string) => (at === '' ? key : `${at}.${key}`)
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => flattened(inner, under(key))))
}

function writeRows(predictions: readonly unknown[]): Uint8Array {
  const width = Array.isArray(predictions[0]) ? predictions[0].length : undefined
  const values = predictions.flat()
  const regular = predictions.every((one) => (Array.isArray(one) ? one.length : undefined) === width)
  if (!regular || !values.every((value) => typeof value === 'number'))
    throw new Problem(
      'not-acceptable',
      'application/x-npy holds numbers only, and these predictions are something else; accept application/json',
    )
  return writeNpy({ shape: width === undefined ? [predictions.length] : [predictions.length, width], values })
}
