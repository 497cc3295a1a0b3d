import { skipCompiled } from './rds-byte-code.ts'
import { code, constants, fixed, ownForms, pairs } from './rds-codes.ts'
import { brokenRds, RdsCursor } from './rds-cursor.ts'
import { plainValue, type RdsFacts, type RType, type RValue } from './rds-value.ts'

/** A stream that may be well, and is too large or too deep to be looked through here. */
export class TooMuchOfRds extends Error {}

/** How many values a stream may hold, and how deep in each other. */
const mostValues = 20_000_000
const deepest = 800
/** In the flags of a value: whether it has a name in its list, and attributes. */
const [hasTag, hasAttributes] = [0x400, 0x200]
/** Longer character vectors are looked through and not kept: row names, not names of columns or levels. */
const mostKept = 10_000

/**
 * Where a value stands. A promise is at home among the names of an environment, where only code that looks a name up meets
 * it; anywhere else it runs as soon as somebody looks at the value.
 */
type Place = 'value' | 'frame' | 'table'

const noAttributes: ReadonlyMap<string, RValue> = new Map()

/** Looks through one serialization of R, and runs nothing of it. */
export class RdsStream {
  readonly facts: RdsFacts = { functions: 0, lurking: new Set(), packages: new Set() }
  readonly cursor: RdsCursor
  readonly #references: RValue[] = []
  #left = mostValues

  constructor(bytes: Uint8Array) {
    this.cursor = new RdsCursor(bytes)
  }

  /** @throws Problem `artifact-corrupt`; TooMuchOfRds */
  read(): RValue {
    const cursor = this.cursor
    if (cursor.text(2, 'latin1') !== 'X\n') throw brokenRds('it is not in the form that saveRDS writes')
    const version = cursor.int()
    if (version !== 2 && version !== 3) throw brokenRds(`it is of version ${version}; 2 and 3 are known`)
    cursor.skip(8)
    if (version === 3) cursor.skip(cursor.int())
    const value = this.item(0)
    if (!cursor.isAtEnd) throw brokenRds('something follows the value')
    return value
  }

  /** The next value. @param flags of it, where they were read */
  item(depth: number, place: Place = 'value', flags = this.cursor.int()): RValue {
    this.spend(depth)
    const type = flags & 0xff
    const constant = constants[type]
    if (constant !== undefined) return plainValue(constant)
    if (pairs[type] !== undefined) return this.#pairs(flags, depth, place)
    const vector = fixed[type]
    if (vector !== undefined) return this.#fixed(vector, flags, depth)
    return this.#other(type, flags, depth, place)
  }

  #other(type: number, flags: number, depth: number, place: Place): RValue {
    switch (type) {
      case code.reference:
        return this.#reference(flags >>> 8)
      case code.symbol:
        return this.#remember({ ...this.item(depth + 1), type: 'symbol' })
      case code.namespace:
      case code.package:
      case code.persistent:
        return this.#named(type, depth)
      case code.environment:
        return this.#environment(depth)
      case code.string:
        return this.#string(flags, depth)
      case code.character:
      case code.list:
      case code.expression:
        return this.#items(type, flags, depth, place)
      case code.special:
      case code.builtin:
        this.cursor.skip(this.cursor.int())
        return plainValue('function')
      case code.byteCode:
        return this.#byteCode(flags, depth)
      case code.externalPointer:
      case code.weakReference:
        return this.#pointer(type, flags, depth)
      case code.object:
        return { ...plainValue('object'), attributes: this.#attributes(flags, depth) }
      case code.alternative:
        return this.#alternative(depth)
      default:
        throw brokenRds(`it holds a value of the type ${type}`)
    }
  }

  #reference(index: number): RValue {
    const found = this.#references[(index === 0 ? this.cursor.int() : index) - 1]
    if (found === undefined) throw brokenRds('it refers to a value that is not there')
    return found
  }

  #remember(value: RValue): RValue {
    this.#references.push(value)
    return value
  }

  /** A namespace, a package or what only the writer knows, by its name and version. */
  #named(type: number, depth: number): RValue {
    if (this.cursor.int() !== 0) throw brokenRds('it names a place in a form that is not known')
    const texts = Array.from({ length: this.count(this.cursor.int()) }, () => this.item(depth + 1))
    const name = texts[0]?.strings?.[0]
    if (type === code.persistent) this.facts.lurking.add('a reference to what only its writer knows')
    else if (name != null) this.facts.packages.add(name.replace(/^package:/, ''))
    return this.#remember(plainValue('environment'))
  }

  #environment(depth: number): RValue {
    this.cursor.int()
    const value = this.#remember(plainValue('environment'))
    // The environment around it, its names in a list or in a table, its attributes.
    for (const place of ['value', 'frame', 'table', 'value'] as const) this.item(depth + 1, place)
    return value
  }

  #string(flags: number, depth: number): RValue {
    const length = this.cursor.int()
    const isLatin1 = ((flags >>> 12) & (1 << 2)) !== 0
    const text = length < 0 ? null : this.cursor.text(length, isLatin1 ? 'latin1' : 'utf-8')
    this.#attributes(flags, depth)
    return { ...plainValue('other'), strings: [text] }
  }

  #fixed([type, size]: readonly [RType, number], flags: number, depth: number): RValue {
    const length = this.cursor.length()
    this.cursor.skip(length * size)
    return { type, length, attributes: this.#attributes(flags, depth) }
  }

  #items(type: number, flags: number, depth: number, place: Place): RValue {
    const length = this.count(this.cursor.length())
    const isText = type === code.character
    const strings: (string | null)[] = []
    const items: RValue[] = []
    for (let i = 0; i < length; i += 1) {
      const item = this.item(depth + 1, place === 'table' ? 'frame' : 'value')
      if (!isText) items.push(item)
      else if (length <= mostKept) strings.push(item.strings?.[0] ?? null)
    }
    const kept = !isText ? { items } : length <= mostKept ? { strings } : {}
    return {
      type: isText ? 'character' : 'list',
      length,
      ...kept,
      attributes: this.#attributes(flags, depth),
    }
  }

  /** A list of pairs, or what is written like one, from its first pair to what its last leads to. */
  #pairs(first: number, depth: number, place: Place): RValue {
    const type = first & 0xff
    const names: (string | null)[] = []
    const items: RValue[] = []
    let attributes: ReadonlyMap<string, RValue> | undefined
    for (let flags = first; ; ) {
      const own = this.#attributes(flags, depth)
      attributes ??= own
      const tag = (flags & hasTag) === 0 ? undefined : this.item(depth + 1)
      names.push(tag?.type === 'symbol' ? (tag.strings?.[0] ?? null) : null)
      items.push(this.item(depth + 1, place))
      const next = this.cursor.int()
      // What follows is read here rather than in the depth, as long as it is a pair of the same list.
      const goesOn = isPair(type) && ((next & 0xff) === type || (next & 0xff) === code.pairlist)
      if (!goesOn) {
        this.item(depth + 1, 'value', next)
        break
      }
      this.spend(depth)
      flags = next
    }
    this.#note(type, items, place)
    const called = { ...plainValue('character', names.length), strings: names }
    return {
      type: pairs[type] ?? 'other',
      length: items.length,
      items,
      attributes: new Map([...(attributes ?? noAttributes), ['names', called]]),
    }
  }

  /** What of a function or a promise matters to whoever is to load it. */
  #note(type: number, [value]: readonly RValue[], place: Place): void {
    if (type === code.closure) this.facts.functions += 1
    if (type !== code.promise) return
    if (place !== 'frame') this.facts.lurking.add('a promise, which R keeps as soon as it looks at it')
    else if (value?.type === 'unbound') this.facts.functions += 1
  }

  #pointer(type: number, flags: number, depth: number): RValue {
    const value = this.#remember(plainValue('other'))
    if (type === code.externalPointer) for (let part = 0; part < 2; part += 1) this.item(depth + 1)
    this.#attributes(flags, depth)
    return value
  }

  #alternative(depth: number): RValue {
    const info = this.item(depth + 1)
    const form = info.items?.[0]?.strings?.[0] ?? ''
    if (!ownForms.test(form)) this.facts.lurking.add('a vector in a form that a package of its own reads')
    const state = this.item(depth + 1)
    const attributes = this.#attributesFrom(this.item(depth + 1))
    // A wrapped vector is the first of its state; sequences are numbers, deferred strings texts.
    const wrapped = form.startsWith('wrap_') ? (state.items?.[0] ?? state) : undefined
    const type = form === 'deferred_string' ? 'character' : form === 'compact_realseq' ? 'double' : 'integer'
    return wrapped === undefined ? { ...plainValue(type), attributes } : { ...wrapped, attributes }
  }

  #attributes(flags: number, depth: number): ReadonlyMap<string, RValue> {
    return (flags & hasAttributes) === 0 ? noAttributes : this.#attributesFrom(this.item(depth + 1))
  }

  #attributesFrom(list: RValue): ReadonlyMap<string, RValue> {
    const names = list.attributes.get('names')?.strings ?? []
    return new Map(
      (list.items ?? []).flatMap((value, i) => {
        const name = names[i]
        return name == null ? [] : [[name, value] as const]
      }),
    )
  }

  #byteCode(flags: number, depth: number): RValue {
    this.count(this.cursor.int())
    skipCompiled(this, depth + 1)
    this.#attributes(flags, depth)
    return plainValue('other')
  }

  /** Count one value more. @throws TooMuchOfRds */
  spend(depth: number): void {
    this.#left -= 1
    if (this.#left < 0 || depth > deepest) throw new TooMuchOfRds()
  }

  /** A number of values, which a stream of so many bytes cannot hold more of. */
  count(length: number): number {
    if (length < 0) throw brokenRds('a number of values is below zero')
    if (length > this.#left) throw new TooMuchOfRds()
    return length
  }
}

/** Whether it is one of a list, and what it leads to is the next of the same. */
function isPair(type: number): boolean {
  return type !== code.closure && type !== code.promise
}
