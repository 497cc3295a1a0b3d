/**
 * A value of a Python program, as a file describes it: inert. What the file would have had made by a call is kept as
 * the call, and nothing here makes it.
 */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PythonSequence<'list'>
  | PythonSequence<'tuple'>
  | PythonSequence<'set'>
  | PythonDict
  | PythonGlobal
  | PythonObject
  | PythonArray
  | PythonOpaque

interface PythonSequence<K extends 'list' | 'tuple' | 'set'> {
  readonly kind: K
  readonly items: PythonValue[]
}

export interface PythonDict {
  readonly kind: 'dict'
  /** Key, value, key, value: a later key counts. */
  readonly entries: PythonValue[]
}

/** A class or a function, by its module and its name there. */
export interface PythonGlobal {
  readonly kind: 'global'
  readonly module: string
  readonly name: string
}

/** What a call would give, and what would be done to it then. */
export interface PythonObject {
  readonly kind: 'object'
  readonly callee: PythonValue
  readonly args: PythonValue
  /** Its attributes: a dict, or a tuple of two of them. */
  state?: PythonValue
  /** What would be appended to it, or set in it as key, value, key, value. */
  readonly items: PythonValue[]
}

/** What an array holds: its values themselves are not read, but for those of Python's own objects. */
export interface PythonArray {
  readonly kind: 'array'
  readonly dtype: string
  readonly shape: readonly number[]
  readonly items?: readonly PythonValue[]
}

/** A value that says nothing: it was not read. */
export interface PythonOpaque {
  readonly kind: 'opaque'
}

type PythonKind = Extract<PythonValue, { readonly kind: string }>['kind']
type OfKind<K extends PythonKind> = Extract<PythonValue, { readonly kind: K }>

/** Whether a value is one of a kind that is no bare value. */
export function isKind<K extends PythonKind>(
  value: PythonValue | undefined,
  ...kinds: readonly K[]
): value is OfKind<K> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    (kinds as readonly string[]).includes(value.kind)
  )
}

/** The items of a list or a tuple; none of anything else. */
export function itemsOf(value: PythonValue | undefined): readonly PythonValue[] {
  return isKind(value, 'list', 'tuple') ? value.items : []
}

/** What a dict holds under a name. */
export function entryOf(value: PythonValue | undefined, name: string): PythonValue | undefined {
  if (!isKind(value, 'dict')) return undefined
  for (let i = value.entries.length - 2; i >= 0; i -= 2)
    if (value.entries[i] === name) return value.entries[i + 1]
  return undefined
}

/** An attribute of an object. */
export function attributeOf(value: PythonValue | undefined, name: string): PythonValue | undefined {
  if (!isKind(value, 'object')) return undefined
  const { state } = value
  if (!isKind(state, 'tuple')) return entryOf(state, name)
  return entryOf(state.items[0], name) ?? entryOf(state.items[1], name)
}

/**
 * The class of an object: what is called, or what Python's own ways of making an object are called with
 * (`copyreg._reconstructor(cls, …)`, `copyreg.__newobj__(cls, …)`).
 */
export function classOf(value: PythonValue | undefined): PythonGlobal | undefined {
  if (!isKind(value, 'object') || !isKind(value.callee, 'global')) return undefined
  const { module, name } = value.callee
  if (module !== 'copyreg' && module !== 'copy_reg') return value.callee
  const [first] = itemsOf(value.args)
  return /^(?:_reconstructor|__newobj__|__newobj_ex__)$/.test(name) && isKind(first, 'global')
    ? first
    : undefined
}
