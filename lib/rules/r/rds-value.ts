/** A value of R, as far as inspection needs it: numbers are counted, not kept. */
export interface RValue {
  readonly type: RType
  /** How many elements a vector has. */
  readonly length: number
  /** The elements of a character vector; NA is null. Absent where there are many. */
  readonly strings?: readonly (string | null)[]
  /** The elements of a list. */
  readonly items?: readonly RValue[]
  readonly attributes: ReadonlyMap<string, RValue>
}

/** The kinds of values that are told apart. */
export type RType =
  | 'null'
  | 'logical'
  | 'integer'
  | 'double'
  | 'complex'
  | 'character'
  | 'raw'
  | 'list'
  | 'symbol'
  | 'pairlist'
  | 'function'
  | 'environment'
  | 'object'
  | 'unbound'
  | 'other'

/** What a file would do besides giving values. */
export interface RdsFacts {
  /** Functions that were written in R, compiled or not, and arguments of theirs that are still to be computed. */
  functions: number
  /** What would run code as soon as somebody looks at it, in words. */
  readonly lurking: Set<string>
  /** Packages whose namespaces it refers to: R loads them as it reads the file. */
  readonly packages: Set<string>
}

const none: ReadonlyMap<string, RValue> = new Map()

export function plainValue(type: RType, length = 0): RValue {
  return { type, length, attributes: none }
}

/** An element of a list by its name. */
export function named(value: RValue | undefined, name: string): RValue | undefined {
  const at = namesOf(value).indexOf(name)
  return at < 0 ? undefined : value?.items?.[at]
}

export function namesOf(value: RValue | undefined): readonly (string | null)[] {
  return value?.attributes.get('names')?.strings ?? []
}

/** The classes of an S3 object, the most special first. */
export function classesOf(value: RValue | undefined): readonly string[] {
  return stringsOf(value?.attributes.get('class'))
}

/** The elements of a character vector that are there. */
export function stringsOf(value: RValue | undefined): readonly string[] {
  return (value?.strings ?? []).filter((text) => text !== null)
}
