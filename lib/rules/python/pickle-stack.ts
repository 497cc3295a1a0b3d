import { brokenStream } from './pickle-cursor.ts'
import {
  isKind,
  type PythonDict,
  type PythonGlobal,
  type PythonObject,
  type PythonValue,
} from './python-value.ts'

/** A stream that may be well, and is too large to be looked through here. */
export class TooMuchToRead extends Error {}

/** What a stream may make in all, in bytes as they are reckoned here: about what V8 takes. */
const mostBytes = 256 * 2 ** 20

/** What a list, a dict or an object takes, in bytes; a text besides its letters; a number, or a value once more. */
const containerBytes = 192
const textBytes = 64
const referenceBytes = 32

/** Names that a stream looks up, and how many of its values may still be made. */
export class PickleBudget {
  /** Every class and function named, by `module.name`. */
  readonly globals = new Map<string, PythonGlobal>()
  private left = mostBytes

  /** @throws TooMuchToRead */
  charge(bytes: number): void {
    this.left -= bytes
    if (this.left < 0) throw new TooMuchToRead()
  }

  named(module: string, name: string): PythonGlobal {
    const key = `${module}.${name}`
    const known = this.globals.get(key)
    if (known !== undefined) return known
    const found: PythonGlobal = { kind: 'global', module, name }
    this.charge(containerBytes + 4 * key.length)
    this.globals.set(key, found)
    return found
  }
}

/** The stack of the machine that a pickle is a program for, with its marks and its memo. */
export class PickleStack {
  readonly budget: PickleBudget
  private readonly values: PythonValue[] = []
  private readonly marks: number[] = []
  private readonly memo = new Map<number, PythonValue>()

  constructor(budget: PickleBudget) {
    this.budget = budget
  }

  push(value: PythonValue): void {
    const weight = typeof value === 'string' ? textBytes + 2 * value.length : 0
    this.budget.charge(
      referenceBytes + (typeof value === 'object' && value !== null ? containerBytes : weight),
    )
    this.values.push(value)
  }

  /** Push a value that was made and charged before. */
  repeat(value: PythonValue): void {
    this.budget.charge(referenceBytes)
    this.values.push(value)
  }

  mark(): void {
    this.budget.charge(referenceBytes)
    this.marks.push(this.values.length)
  }

  pop(): PythonValue {
    this.refuseEmpty()
    return this.values.pop() as PythonValue
  }

  top(): PythonValue {
    this.refuseEmpty()
    return this.values[this.values.length - 1] as PythonValue
  }

  /** The POP opcode: of a value, or of a mark that stands above it. */
  drop(): void {
    if (this.marks.length > 0 && this.marks[this.marks.length - 1] === this.values.length) this.marks.pop()
    else this.pop()
  }

  /** Everything above the last mark, which goes. */
  sinceMark(): PythonValue[] {
    const from = this.marks.pop()
    if (from === undefined) throw brokenStream('a mark is missing')
    return this.values.splice(from)
  }

  remember(key: number): void {
    this.budget.charge(2 * referenceBytes)
    this.memo.set(key, this.top())
  }

  /** MEMOIZE: under the next free number. */
  rememberNext(): void {
    this.remember(this.memo.size)
  }

  recall(key: number): void {
    const value = this.memo.get(key)
    if (value === undefined) throw brokenStream('it refers to a value that it did not remember')
    this.repeat(value)
  }

  /** Add to the list, set, dict or object on top. Anything else takes nothing. */
  extend(items: readonly PythonValue[]): void {
    const target = this.top()
    const into = isKind(target, 'dict')
      ? target.entries
      : isKind(target, 'list', 'set', 'object')
        ? target.items
        : undefined
    if (into === undefined) throw brokenStream('it adds to a value that holds none')
    this.budget.charge(referenceBytes * items.length)
    for (const item of items) into.push(item)
  }

  /** Reach below the last mark, or below nothing: no pickler does. */
  private refuseEmpty(): void {
    if (this.values.length <= (this.marks[this.marks.length - 1] ?? 0))
      throw brokenStream('it takes more from its stack than it put there')
  }
}

export function objectOf(callee: PythonValue, args: PythonValue): PythonObject {
  return { kind: 'object', callee, args, items: [] }
}

export function dictOf(entries: PythonValue[]): PythonDict {
  if (entries.length % 2 !== 0) throw brokenStream('a dict has a key without a value')
  return { kind: 'dict', entries }
}
