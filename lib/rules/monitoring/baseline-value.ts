import type { Field } from '../signature.ts'

/** How a file writes its cells: text without types, or values of their own. */
export type CellForm = 'text' | 'values'

/** How programs write that there is no value: pandas nothing, R `NA`, others what they call it. */
const nothing: ReadonlySet<string> = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None'])

/** Infinities, as programs write them in text. */
const infinities: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  Infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/** A cell as its field's type reads it. @returns undefined where there is no value; what does not fit stays as it is */
export function baselineValue(field: Field, cell: unknown, form: CellForm): unknown {
  if (cell === null || cell === undefined) return undefined
  if (form === 'values') return plainValue(cell)
  const text = String(cell)
  if (field.type === 'string' && field.shape.length === 0) return text === '' ? undefined : text
  if (nothing.has(text)) return undefined
  if (field.shape.length > 0) return parsed(text)
  if (field.type === 'boolean') return booleanOf(text)
  const number = infinities[text] ?? Number(text)
  return Number.isNaN(number) ? text : number
}

/** 64-bit integers come as bigints, and NaN is a value that is missing. */
function plainValue(cell: unknown): unknown {
  if (typeof cell === 'bigint') return Number(cell)
  if (typeof cell === 'number' && Number.isNaN(cell)) return undefined
  if (Array.isArray(cell)) return cell.map((one) => plainValue(one) ?? null)
  return ArrayBuffer.isView(cell) ? plainValue([...(cell as unknown as Iterable<unknown>)]) : cell
}

function booleanOf(text: string): unknown {
  const lower = text.toLowerCase()
  return lower === 'true' || lower === 'false' ? lower === 'true' : text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Whether a value is not one of its field: of another type, or no list where a list is needed. */
export function baselineFault({ type, shape }: Field, value: unknown): boolean {
  if (value === undefined) return false
  const isOfType = (one: unknown): boolean => {
    if (one === null) return true
    if (type === 'string') return typeof one === 'string'
    if (type === 'boolean') return typeof one === 'boolean'
    return typeof one === 'number' || (typeof one === 'string' && /^-?\d{1,20}$/.test(one))
  }
  if (shape.length === 0) return !isOfType(value)
  return !Array.isArray(value) || !value.flat(Number.POSITIVE_INFINITY).every(isOfType)
}
