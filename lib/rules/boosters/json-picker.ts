import { asked, brokenModel, deepest, mostPickedBytes, type Picked, type Wanted } from './wanted.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const opening: ReadonlySet<number> = new Set([0x7b, 0x5b])
const closing: ReadonlySet<number> = new Set([0x7d, 0x5d])
const space: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * Read some members of a JSON document, passing over the rest byte by byte: what is passed over is not judged, beyond
 * that its brackets close. @throws Problem `artifact-corrupt` where it is no JSON object, or not whole
 */
export function pickFromJson(bytes: Uint8Array, wanted: Wanted): Picked {
  return new JsonPicker(bytes).object(wanted)
}

class JsonPicker {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  object(wanted: Wanted): Picked {
    const picked: Record<string, unknown> = Object.create(null)
    if (this.#next() !== 0x7b) throw brokenModel('it is no JSON object')
    this.#at += 1
    for (let first = true; this.#next() !== 0x7d; first = false) {
      if (!first) this.#step(comma)
      this.#next()
      const name = this.#whole()
      this.#step(colon)
      const wish = typeof name === 'string' ? asked(wanted, name) : undefined
      if (typeof name !== 'string') throw brokenModel('a member of it has no name')
      if (wish === undefined) this.#pass()
      else if (wish === 'all') picked[name] = this.#whole()
      else if (this.#next() === 0x7b) picked[name] = this.object(wish)
      else this.#pass()
    }
    this.#at += 1
    return picked
  }

  /** The value that begins here, parsed. */
  #whole(): unknown {
    const from = this.#at
    this.#pass()
    const part = this.#bytes.subarray(from, this.#at)
    if (part.length > mostPickedBytes)
      throw brokenModel(
        `a member of it has ${part.length} bytes, and up to ${mostPickedBytes} are looked through`,
      )
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(part))
    } catch {
      throw brokenModel(`it is no JSON near the byte ${from}`)
    }
  }

  /** Move behind the value that begins here. */
  #pass(): void {
    this.#next()
    let depth = 0
    do {
      const byte = this.#byte()
      if (byte === quote) this.#passText()
      else {
        if (opening.has(byte)) depth += 1
        if (closing.has(byte)) depth -= 1
        if (depth > deepest) throw brokenModel(`it is nested deeper than ${deepest} levels`)
        if (depth < 0) throw brokenModel(`it is no JSON near the byte ${this.#at}`)
        this.#at += 1
        if (depth === 0 && !closing.has(byte)) this.#passBare()
      }
    } while (depth > 0)
  }

  #passText(): void {
    for (this.#at += 1; this.#byte() !== quote; this.#at += 1) if (this.#byte() === backslash) this.#at += 1
    this.#at += 1
  }

  /** A number or a word ends where anything else begins. */
  #passBare(): void {
    for (;;) {
      const byte = this.#byte()
      if (byte === comma || closing.has(byte) || space.has(byte)) return
      this.#at += 1
    }
  }

  #step(expected: number): void {
    if (this.#next() !== expected) throw brokenModel(`it is no JSON near the byte ${this.#at}`)
    this.#at += 1
  }

  #next(): number {
    while (space.has(this.#byte())) this.#at += 1
    return this.#byte()
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw brokenModel('it ends in the middle')
    return byte
  }
}
