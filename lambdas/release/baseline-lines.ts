import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import {
  type BaselineRow,
  type BaselineRowReader,
  baselineInvalid,
  baselineReader,
} from '../../lib/rules/monitoring/baseline-columns.ts'
import { shown } from '../../lib/rules/problem.ts'
import { rowInput, type Signature } from '../../lib/rules/signature.ts'
import type { BaselineSource } from './baseline-source.ts'

/** A line that is longer is no row of a table, and is not taken into memory. */
const longestLine = 1 << 24

/** Rows of text under a line with the names of their columns. */
export async function* rowsOfCsv(source: BaselineSource, signature: Signature): AsyncGenerator<BaselineRow> {
  const { file, size } = source
  const lines = parse({ bom: true, skip_empty_lines: true, trim: true, max_record_size: longestLine })
  const reading = pipeline(Readable.from(source.open(0, size)), lines)
  // Told by the lines themselves, which end with it.
  reading.catch(() => {})
  let read: BaselineRowReader | undefined
  let row = 0
  try {
    for await (const cells of lines as AsyncIterable<string[]>) {
      if (read === undefined) read = baselineReader(file, cells, signature, 'text')
      else yield read(cells, ++row)
    }
  } catch (error) {
    throw ofParser(error) ? baselineInvalid(`${file} cannot be read: ${error.message}`) : error
  } finally {
    lines.destroy()
    await reading.catch(() => {})
  }
}

/** A fault of the text, and none of the disk that it came from. */
function ofParser(error: unknown): error is Error {
  return Error.isError(error) && 'code' in error && String(error.code).startsWith('CSV_')
}

/**
 * A row a line: an object by name, or, where the model has one tensor input, the bare list. What a line does not name is
 * missing from it.
 */
export async function* rowsOfJsonLines(
  { file, size, open }: BaselineSource,
  signature: Signature,
): AsyncGenerator<BaselineRow> {
  const named = new Map<string, BaselineRowReader>()
  const [row, seen] = [rowInput(signature), new Set<string>()]
  let count = 0
  for await (const line of linesOf(open(0, size), file)) {
    count += 1
    const value = parsed(line, file, count)
    if (row !== undefined && Array.isArray(value)) {
      seen.add(row.name)
      yield { inputs: { [row.name]: value } }
      continue
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw baselineInvalid(
        `line ${count} of ${file} is ${shown(value)}, and an object with a value by name is allowed`,
      )
    const columns = Object.keys(value)
    for (const name of row === undefined ? columns : [row.name]) seen.add(name)
    yield readerOf(named, columns, signature)(Object.values(value), count)
  }
  const never = signature.inputs.filter(({ name }) => !seen.has(name)).map(({ name }) => `'${name}'`)
  if (count > 0 && never.length > 0)
    throw baselineInvalid(
      `no line of ${file} has the input ${never.slice(0, 5).join(', ')}: write every input`,
    )
}

/** Lines that have the same names in the same order are read alike. */
const mostForms = 100

function readerOf(
  known: Map<string, BaselineRowReader>,
  columns: readonly string[],
  signature: Signature,
): BaselineRowReader {
  const form = JSON.stringify(columns)
  const found = known.get(form)
  if (found !== undefined) return found
  const absent = rowInput(signature) === undefined ? absentFrom(columns, signature) : []
  const read = baselineReader('baseline.jsonl', [...columns, ...absent], signature, 'values')
  if (known.size < mostForms) known.set(form, read)
  return read
}

function absentFrom(columns: readonly string[], { inputs }: Signature): string[] {
  return inputs.map(({ name }) => name).filter((name) => !columns.includes(name))
}

function parsed(line: string, file: string, count: number): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw baselineInvalid(`line ${count} of ${file} is no JSON: it begins with ${shown(line.slice(0, 40))}`)
  }
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine)
      throw baselineInvalid(`a line of ${file} has more than ${longestLine} characters: write a row a line`)
    for (const line of lines) if (line.trim() !== '') yield line
  }
  const last = rest + decoder.decode()
  if (last.trim() !== '') yield last
}
