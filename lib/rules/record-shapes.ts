import type { InputRecord } from './request-records.ts'
import type { Field } from './signature.ts'

/** A list that breaks the shape which the first record gives a free length. */
export interface UnevenList {
  readonly index: number
  /** The input's name and the places inside it. */
  readonly path: readonly (string | number)[]
  readonly found: string
  readonly allowed: string
}

/**
 * What a schema cannot say of free lengths: all records of a request travel as ONE dense tensor, so a length that the
 * signature leaves free is the same in every record and every row. The records have passed the schema before.
 * @returns the first list of the field that breaks it, or nothing
 */
export function unevenLists(field: Field, records: readonly InputRecord[]): UnevenList[] {
  if (!field.shape.includes(null)) return []
  const sizes: (number | undefined)[] = field.shape.map((size) => size ?? undefined)
  for (const [index, record] of records.entries()) {
    const path = firstUneven(record[field.name], sizes, 0)
    if (path === undefined) continue
    const list = path.reduce<unknown>((inner, i) => (inner as unknown[])[i], record[field.name])
    const found = `a list of ${(list as unknown[]).length}`
    const level = path.length
    const deeper = field.shape.slice(level + 1).includes(null)
    const allowed =
      sizes[level] === undefined || (deeper && sizes[level] === 0)
        ? 'a list of at least 1'
        : `a list of ${sizes[level]}, as before it,`
    return [{ index, path: [field.name, ...path], found, allowed }]
  }
  return []
}

/** The place of the first list that is not as long as `sizes` says; a size that is not known yet is learned. */
function firstUneven(value: unknown, sizes: (number | undefined)[], level: number): number[] | undefined {
  if (level === sizes.length) return undefined
  const list = value as readonly unknown[]
  const emptyAbove = list.length === 0 && sizes.slice(level + 1).includes(undefined)
  if (emptyAbove) return []
  sizes[level] ??= list.length
  if (list.length !== sizes[level]) return []
  for (const [i, inner] of list.entries()) {
    const path = firstUneven(inner, sizes, level + 1)
    if (path !== undefined) return [i, ...path]
  }
  return undefined
}
