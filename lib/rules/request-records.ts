import { pathOf, pointerTo } from './json-pointer.ts'
import { Problem, shown } from './problem.ts'
import { rowInput, type Signature } from './signature.ts'

/** One record, by input name. */
export type InputRecord = Readonly<Record<string, unknown>>

/** The records of a request, all in one form, and where each value stood in what the caller wrote. */
export interface RequestRecords {
  readonly records: readonly unknown[]
  /** The JSON Pointer, in the caller's own document, of `path` ('/name' or '/name/3') inside record `index`. */
  pointer(index: number, path: string): string
}

/** The wrappers that name their form; any one of them, alone (MLflow's `params` is tolerated beside it). */
const wrappers = ['instances', 'inputs', 'dataframe_split', 'dataframe_records'] as const
type Wrapper = (typeof wrappers)[number]

/**
 * Read a JSON body: one record, a list of records, `{"instances": …}`, `{"inputs": …}` (a list, or columns by name),
 * `{"dataframe_split": …}` or `{"dataframe_records": …}`. A model with one tensor input takes a record as its row.
 * @throws Problem `body-malformed` where the form itself cannot be read, `body-too-large`; values are judged later
 */
export function readJsonRecords(body: unknown, signature: Signature): RequestRecords {
  const wrapper = wrapperOf(body, signature)
  if (wrapper === undefined)
    return Array.isArray(body) && !isOneRow(body, signature)
      ? listed(body, '', signature)
      : single(body, '', signature)
  const content = (body as Record<Wrapper, unknown>)[wrapper]
  if (wrapper === 'dataframe_split') return fromSplit(content, signature)
  if (wrapper === 'inputs' && isObject(content)) return fromColumns(content, signature)
  if (!Array.isArray(content))
    throw malformed(`'${wrapper}' holds ${shown(content)}, and a list of records is allowed`)
  return isOneRow(content, signature)
    ? single(content, `/${wrapper}`, signature)
    : listed(content, `/${wrapper}`, signature)
}

/** The most records of one request: more of them would keep everybody else waiting for seconds. */
const mostRecords = 1_000_000

/** @throws Problem `body-too-large` */
function refuseTooMany(count: number): void {
  if (count > mostRecords)
    throw new Problem(
      'body-too-large',
      `the body holds ${count} records, and a request may have ${mostRecords}; send them in several`,
    )
}

/** Records that stand one a line or row of the body: `/3` is the fourth. */
export function listed(values: readonly unknown[], at: string, signature: Signature): RequestRecords {
  refuseTooMany(values.length)
  return {
    records: values.map((value) => byName(value, signature)),
    pointer: (index, path) => `${at}/${index}${isBare(values[index], signature) ? afterName(path) : path}`,
  }
}

function single(value: unknown, at: string, signature: Signature): RequestRecords {
  return {
    records: [byName(value, signature)],
    pointer: (_, path) => `${at}${isBare(value, signature) ? afterName(path) : path}`,
  }
}

/** `{"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}`, as pandas writes it. */
function fromSplit(content: unknown, signature: Signature): RequestRecords {
  const columns = isObject(content) ? content['columns'] : undefined
  const data = isObject(content) ? content['data'] : undefined
  if (!Array.isArray(data) || (columns !== undefined && !isListOfNames(columns)))
    throw malformed("'dataframe_split' needs 'columns', a list of names, and 'data', a list of rows")
  return fromRows(data, columns, '/dataframe_split/data', signature)
}

/** Rows under column names; a model with one tensor input takes each row as it stands. */
export function fromRows(
  rows: readonly unknown[],
  columns: readonly string[] | undefined,
  at: string,
  signature: Signature,
): RequestRecords {
  if (rowInput(signature) !== undefined) return listed(rows, at, signature)
  if (columns === undefined) throw malformed('the columns need names, since this model has several inputs')
  refuseTooMany(rows.length)
  const seen = new Set<string>()
  for (const name of columns) {
    if (seen.has(name)) throw malformed(`the column ${shown(name)} stands there twice`)
    seen.add(name)
  }
  const records = rows.map((row, i) => {
    if (!Array.isArray(row) || row.length !== columns.length)
      throw malformed(
        `row ${i} holds ${Array.isArray(row) ? row.length : 'no list of'} values under ${columns.length} columns`,
      )
    return recordOf(columns.map((name, column) => [name, row[column]]))
  })
  return {
    records,
    pointer: (index, path) => {
      const [name = '', ...rest] = pathOf(path)
      const column = columns.indexOf(name)
      return `${at}${pointerTo([index, ...(column < 0 ? [] : [column]), ...rest])}`
    },
  }
}

/** `{"inputs": {"a": [1, 3], "b": [2, 4]}}`: one list a column. */
function fromColumns(columns: Record<string, unknown>, signature: Signature): RequestRecords {
  const names = Object.keys(columns)
  const lists = names.map((name) => columns[name])
  const length = Array.isArray(lists[0]) ? lists[0].length : -1
  if (names.length === 0 || !lists.every((list) => Array.isArray(list) && list.length === length))
    throw malformed("'inputs' holds columns, and each must be a list, all of one length")
  refuseTooMany(length)
  const records = Array.from({ length }, (_, row) =>
    recordOf(names.map((name) => [name, (columns[name] as unknown[])[row]])),
  )
  return {
    records: records.map((record) => byName(record, signature)),
    pointer: (index, path) => {
      const [name = '', ...rest] = pathOf(path)
      return pointerTo(Object.hasOwn(columns, name) ? ['inputs', name, index, ...rest] : ['inputs', name])
    },
  }
}

function wrapperOf(body: unknown, signature: Signature): Wrapper | undefined {
  if (!isObject(body)) return undefined
  const inputs = new Set(signature.inputs.map(({ name }) => name))
  const found = wrappers.filter((name) => Object.hasOwn(body, name) && !inputs.has(name))
  const others = Object.keys(body).filter((name) => name !== 'params' && name !== found[0])
  if (found.length === 0) return undefined
  if (others.length > 0)
    throw malformed(
      `'${found[0]}' holds the records, and nothing else may stand beside it; found ${shown(others[0])}`,
    )
  return found[0]
}

/** Whether an array is one record of a model with one tensor input, not a list of them: it nests as deep as the row. */
function isOneRow(value: readonly unknown[], signature: Signature): boolean {
  const row = rowInput(signature)
  if (row === undefined) return false
  let levels = 0
  let inner: unknown = value
  for (; Array.isArray(inner); inner = inner[0]) levels += 1
  return levels === row.shape.length && !isObject(inner)
}

/** A record of a model with a single input may be the bare value. */
function isBare(value: unknown, signature: Signature): boolean {
  const [only] = signature.inputs
  return signature.inputs.length === 1 &&
    only !== undefined &&
    !(isObject(value) && Object.hasOwn(value, only.name))
    ? !isObject(value)
    : false
}

function byName(value: unknown, signature: Signature): unknown {
  const name = signature.inputs[0]?.name ?? ''
  // A computed key is a member of its own whatever it is called, and an object made so is small: there may be millions.
  return isBare(value, signature) ? { [name]: value } : value
}

/** The part of a path after the input's name: a bare value has no name in the caller's document. */
function afterName(path: string): string {
  const end = path.indexOf('/', 1)
  return end < 0 ? '' : path.slice(end)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isListOfNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}

/** Each entry as a member of its own, `__proto__` too. */
function recordOf(entries: [string, unknown][]): InputRecord {
  return Object.fromEntries(entries)
}

function malformed(reason: string): Problem {
  return new Problem('body-malformed', reason)
}
