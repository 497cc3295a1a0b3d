import { parse } from 'csv-parse/sync'
import { Problem } from './problem.ts'
import { fromRows, listed, type RequestRecords, readJsonRecords } from './request-records.ts'
import { type Field, rowInput, type Signature } from './signature.ts'

/**
 * Read `text/csv`: a header line with the input names, then a row a record. For a model with one tensor input the
 * header may be left out, and each row is the record. @throws Problem `body-malformed`
 */
export function readCsvRecords(text: string, signature: Signature): RequestRecords {
  const lines = parseLines(text)
  const row = rowInput(signature)
  if (row !== undefined) {
    const headed = row.type !== 'string' && isHeader(lines[0] ?? [])
    return fromRows(
      lines.slice(headed ? 1 : 0).map((line) => line.map((cell) => cellValue(cell, row))),
      undefined,
      '',
      signature,
    )
  }
  const [header = [], ...rows] = lines
  const fields = header.map((name) => signature.inputs.find((input) => input.name === name))
  return fromRows(
    rows.map((cells) => cells.map((cell, i) => cellValue(cell, fields[i]))),
    header,
    '',
    signature,
  )
}

/** Names of columns: none is a value or empty, and each stands there once. Missing values repeat themselves. */
function isHeader(cells: readonly string[]): boolean {
  const isValue = (cell: string) => cell === 'true' || cell === 'false' || !Number.isNaN(Number(cell))
  return cells.every((cell) => cell !== '' && !isValue(cell)) && new Set(cells).size === cells.length
}

function parseLines(text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, trim: true }) as string[][]
  } catch (error) {
    const reason = Error.isError(error) ? error.message : 'unknown fault'
    throw new Problem('body-malformed', `the CSV cannot be read: ${oneLine(reason)}`)
  }
}

/** A cell as its field's type reads it; what does not fit stays text, so that validation can show it. */
function cellValue(cell: string, field: Field | undefined): unknown {
  if (field === undefined || field.type === 'string') return cell
  if (field.type === 'boolean') return cell === 'true' ? true : cell === 'false' ? false : cell
  const number = cell === '' ? Number.NaN : Number(cell)
  return Number.isNaN(number) ? cell : number
}

/** Read JSON Lines: one record a line. @throws Problem `body-malformed` */
export function readJsonLineRecords(text: string, signature: Signature): RequestRecords {
  const values = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => parseJson(line, `line ${i}`))
  return listed(values, '', signature)
}

/** Read a JSON body. @throws Problem `body-malformed` */
export function readJsonBody(text: string, signature: Signature): RequestRecords {
  return readJsonRecords(parseJson(text, 'the body'), signature)
}

/** @throws Problem `body-malformed`, with the place where JSON's grammar breaks */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = Error.isError(error) ? error.message.replace(/, ".*$/s, '') : 'unknown fault'
    throw new Problem('body-malformed', `${what} is not JSON: ${oneLine(reason)}`)
  }
}

/** A parser's words with pieces of the body in them: without control characters and halves of characters, and short. */
function oneLine(reason: string): string {
  return reason
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, 120)
    .toWellFormed()
}
