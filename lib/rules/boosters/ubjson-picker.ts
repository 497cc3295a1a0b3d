import { asked, brokenModel, deepest, mostPickedBytes, type Picked, type Wanted } from './wanted.ts'

/** How many bytes each marker of a value of one size is followed by. */
const sizes: Readonly<Record<string, number>> = {
  ...{ Z: 0, N: 0, T: 0, F: 0 },
  ...{ i: 1, U: 1, C: 1, I: 2, l: 4, L: 8, d: 4, D: 8 },
}

/** So many values are read into memory, of all that are wanted. */
const mostValues = 400_000

/**
 * Read some members of a document in Universal Binary JSON (draft 12), passing over the rest: an array of one type, as
 * trees are written, in one step. A count that the file cannot hold is refused before anything is made of it.
 * @throws Problem `artifact-corrupt` where it is none, or not whole
 */
export function pickFromUbjson(bytes: Uint8Array, wanted: Wanted): Picked {
  return new UbjsonPicker(bytes).document(wanted)
}

/** How an array or an object says of what, and of how many: neither, a count, or a type and a count. */
interface Contents {
  readonly type?: string
  readonly count?: number
}

class UbjsonPicker {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  #values = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  document(wanted: Wanted): Picked {
    if (this.#marker() !== '{') throw brokenModel('it is no UBJSON object')
    return this.#object(wanted, 0)
  }

  #object(wanted: Wanted, depth: number): Picked {
    const picked: Record<string, unknown> = Object.create(null)
    this.#each('}', (type) => {
      const name = this.#text()
      const wish = asked(wanted, name)
      const marker = type ?? this.#marker()
      if (wish === 'all') picked[name] = this.#value(marker, depth + 1)
      else if (wish !== undefined && marker === '{') picked[name] = this.#object(wish, depth + 1)
      else this.#pass(marker, depth + 1)
    })
    return picked
  }

  #value(marker: string, depth: number): unknown {
    this.#values += 1
    if (depth > deepest) throw brokenModel(`it is nested deeper than ${deepest} levels`)
    if (this.#values > mostValues)
      throw brokenModel(`it has more than ${mostValues} values where a few are expected`)
    if (marker === '[') {
      const items: unknown[] = []
      this.#each(']', (type) => items.push(this.#value(type ?? this.#marker(), depth + 1)))
      return items
    }
    if (marker === '{') {
      const members: Record<string, unknown> = Object.create(null)
      this.#each('}', (type) => {
        const name = this.#text()
        members[name] = this.#value(type ?? this.#marker(), depth + 1)
      })
      return members
    }
    return marker === 'S' || marker === 'H' ? this.#text() : this.#plain(marker)
  }

  #pass(marker: string, depth: number): void {
    if (depth > deepest) throw brokenModel(`it is nested deeper than ${deepest} levels`)
    if (marker === '[') this.#passArray(depth)
    else if (marker === '{')
      this.#each('}', (type) => {
        this.#skip(this.#length())
        this.#pass(type ?? this.#marker(), depth + 1)
      })
    else this.#skip(marker === 'S' || marker === 'H' ? this.#length() : this.#sizeOf(marker))
  }

  #passArray(depth: number): void {
    const contents = this.#contents()
    const size = contents.type === undefined ? undefined : sizes[contents.type]
    if (size !== undefined) this.#skip((contents.count ?? 0) * size)
    else this.#items(contents, ']', (type) => this.#pass(type ?? this.#marker(), depth + 1))
  }

  #each(end: string, take: (type: string | undefined) => void): void {
    this.#items(this.#contents(), end, take)
  }

  #items({ type, count }: Contents, end: string, take: (type: string | undefined) => void): void {
    if (count === undefined) {
      while (this.#peek() !== end) take(undefined)
      this.#at += 1
      return
    }
    // Each takes a byte at least, but for those of no size, which nobody writes by the million.
    const least = type !== undefined && sizes[type] === 0 ? 0 : 1
    if (count * least > this.#bytes.length - this.#at || count > mostValues * 64)
      throw brokenModel(`it says that ${count} values follow, which it does not hold`)
    for (let i = 0; i < count; i += 1) take(type)
  }

  #contents(): Contents {
    let type: string | undefined
    if (this.#peek() === '$') {
      this.#at += 1
      type = this.#marker()
    }
    if (this.#peek() !== '#') {
      if (type !== undefined) throw brokenModel('it says of what an array is, and not of how many')
      return {}
    }
    this.#at += 1
    const count = this.#length()
    return type === undefined ? { count } : { type, count }
  }

  #plain(marker: string): unknown {
    const at = this.#at
    this.#skip(this.#sizeOf(marker))
    if (marker === 'T' || marker === 'F') return marker === 'T'
    if (marker === 'i') return this.#view.getInt8(at)
    if (marker === 'U') return this.#view.getUint8(at)
    if (marker === 'C') return String.fromCharCode(this.#view.getUint8(at))
    if (marker === 'I') return this.#view.getInt16(at)
    if (marker === 'l') return this.#view.getInt32(at)
    if (marker === 'L') return Number(this.#view.getBigInt64(at))
    if (marker === 'd') return this.#view.getFloat32(at)
    return marker === 'D' ? this.#view.getFloat64(at) : null
  }

  #text(): string {
    const length = this.#length()
    if (length > mostPickedBytes)
      throw brokenModel(`a text of it has ${length} bytes, and up to ${mostPickedBytes} are looked through`)
    const from = this.#at
    this.#skip(length)
    return new TextDecoder().decode(this.#bytes.subarray(from, this.#at))
  }

  #length(): number {
    const found = this.#plain(this.#marker())
    if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 0)
      throw brokenModel(`a length in it is ${typeof found === 'number' ? found : 'no number'}`)
    return found
  }

  #sizeOf(marker: string): number {
    const size = Object.hasOwn(sizes, marker) ? sizes[marker] : undefined
    if (size === undefined) throw brokenModel(`the byte ${this.#at - 1} is no type of UBJSON`)
    return size
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.#at) throw brokenModel('it ends in the middle')
    this.#at += length
  }

  #peek(): string {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw brokenModel('it ends in the middle')
    return String.fromCharCode(byte)
  }

  #marker(): string {
    const marker = this.#peek()
    this.#at += 1
    return marker
  }
}
