import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { textOf } from '../../lib/rules/body-text.ts'
import { mostFeedback } from '../../lib/rules/feedback/feedback.ts'
import { parseModelName } from '../../lib/rules/names.ts'
import { counted, Problem } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'

/** Tell a model what its predictions turned out to be: a file of rows with requestId and actual. */
export async function feedback({ talk, platform }: Context, model: string, file: string): Promise<ExitCode> {
  const name = parseModelName(model)
  const rows = await rowsIn(file)
  let taken = 0
  for (let at = 0; at < rows.length; at += mostFeedback) {
    taken += (await platform.feedback(name, rows.slice(at, at + mostFeedback))).taken
    if (rows.length > mostFeedback) talk.say(`  ${taken} of ${rows.length}`)
  }
  talk.data(
    { taken },
    `${counted(taken, 'row')} taken; they are joined to the calls within a minute: sluice quality ${name}`,
  )
  return exitCode.done
}

/** @throws Problem `usage` where the file is no list of rows */
async function rowsIn(file: string): Promise<unknown[]> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Problem('usage', `${file} cannot be read: ${error.code ?? error.message}`)
  })
  const text = textOf(bytes)
  const rows = file.endsWith('.csv') ? csvRows(text, file) : jsonRows(text, file)
  if (rows.length > 0) return rows
  throw new Problem(
    'usage',
    `${file} has no rows; a row has requestId and actual, and may have row, output and at`,
  )
}

function jsonRows(text: string, file: string): unknown[] {
  const lines = text.split('\n').map((line, i) => ({ line: line.trim(), number: i + 1 }))
  return lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      try {
        return JSON.parse(line) as unknown
      } catch {
        throw new Problem(
          'usage',
          `${file} line ${number} is no JSON; a line is such as {"requestId":"…","actual":1}`,
        )
      }
    })
}

function csvRows(text: string, file: string): unknown[] {
  let found: Record<string, string>[]
  try {
    found = parse(text, { columns: true, skip_empty_lines: true, bom: true }) as Record<string, string>[]
  } catch (error) {
    throw new Problem(
      'usage',
      `${file} is no CSV: ${Error.isError(error) ? error.message : 'it cannot be read'}`,
    )
  }
  return found.map(({ row, output, at, actual, ...more }) => ({
    ...more,
    ...(row !== undefined && row !== '' && { row: Number(row) }),
    ...(output !== undefined && output !== '' && { output }),
    ...(at !== undefined && at !== '' && { at }),
    ...(actual !== undefined && { actual: cellValue(actual) }),
  }))
}

/** A cell as what it looks like: numbers and truth as such, and everything else as text. */
function cellValue(cell: string): number | boolean | string {
  if (/^(?:true|false)$/i.test(cell)) return cell.toLowerCase() === 'true'
  return cell.trim() !== '' && Number.isFinite(Number(cell)) ? Number(cell) : cell
}
