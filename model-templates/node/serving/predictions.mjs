/** From what a predict function returned to one entry a record, as JSON can carry it. */

/** The model returned something that is not one entry a record of each output. */
export class WrongAnswer extends Error {
  constructor(reason) {
    super(`the model's answer does not fit: ${reason}`)
  }
}

/**
 * One entry a record: the bare value of one output, an object by name of several.
 * @param names of the outputs; undefined where nobody said
 */
export function predictionsOf(returned, names, records) {
  const columns = namedColumns(returned, names)
  const entries = columns.map(([name, column]) => [name, entriesOf(name, column, records)])
  const [[, only]] = entries
  if (entries.length === 1) return only
  return Array.from({ length: records }, (_, record) =>
    Object.fromEntries(entries.map(([name, column]) => [name, column[record]])),
  )
}

/** What was returned, as pairs of an output's name and its column. */
function namedColumns(returned, names) {
  if (isList(returned)) return ofRows(returned, names)
  if (returned === null || typeof returned !== 'object' || returned instanceof Date)
    throw new WrongAnswer(
      `it returned ${kindOf(returned)}: return one entry a record, or an object of them by output name`,
    )
  const byName = returned instanceof Map ? Object.fromEntries(returned) : returned
  const found = Object.keys(byName)
  if (found.length === 0)
    throw new WrongAnswer('it returned an empty object: return one entry a record by output name')
  const missing = names?.find((name) => !Object.hasOwn(byName, name))
  if (missing !== undefined)
    throw new WrongAnswer(`the output ${missing} is missing: it returned ${found.join(', ')}`)
  return (names ?? found).map((name) => [name, byName[name]])
}

function ofRows(rows, names) {
  if (names === undefined) return [['prediction', rows]]
  const [first] = names
  const areObjects = rows.length > 0 && Array.from(rows).every((row) => isObject(row))
  if (!areObjects && names.length === 1) return [[first, rows]]
  if (!areObjects) throw new WrongAnswer(`it returned one output: return an object with ${names.join(', ')}`)
  return names.map((name) => [
    name,
    rows.map((row, record) => {
      if (Object.hasOwn(row, name)) return row[name]
      throw new WrongAnswer(`the output ${name} is missing in entry ${record}`)
    }),
  ])
}

function entriesOf(name, column, records) {
  if (!isList(column))
    throw new WrongAnswer(`the output ${name} is ${kindOf(column)}: return one entry a record`)
  if (column.length !== records)
    throw new WrongAnswer(`the output ${name} has ${column.length} entries for ${records} records`)
  return Array.from(column, (value) => asJson(value, name))
}

/** The same value as JSON has it: null for what is no finite number, strings for integers beyond 2^53. */
function asJson(value, name) {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (isList(value)) return Array.from(value, (item) => asJson(item, name))
  if (value instanceof Date) return Number.isFinite(value.getTime()) ? value.toISOString() : null
  if (isObject(value))
    return Object.fromEntries(
      (value instanceof Map ? [...value] : Object.entries(value)).map(([key, item]) => [
        key,
        asJson(item, name),
      ]),
    )
  throw new WrongAnswer(`the output ${name} holds ${kindOf(value)}, which JSON cannot carry`)
}

function isList(value) {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

function isObject(value) {
  const isOther = value instanceof Date || value instanceof Promise
  return typeof value === 'object' && value !== null && !isList(value) && !isOther
}

function kindOf(value) {
  if (value === null || value === undefined) return `${value}`
  const kind = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value
  return `a ${kind}`
}
