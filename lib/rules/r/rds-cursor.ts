import { Problem } from '../problem.ts'

/** A place in the bytes of a serialization of R (XDR: big-endian), that moves forward and never past the end. */
export class RdsCursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  int(): number {
    return this.#view.getInt32(this.#advance(4))
  }

  /** The length of a vector: one beyond 2^31 is written as two halves. */
  length(): number {
    const short = this.int()
    if (short >= 0) return short
    if (short !== -1) throw brokenRds('a vector has a length below zero')
    const [high, low] = [this.int(), this.int() >>> 0]
    return high * 2 ** 32 + low
  }

  text(length: number, encoding: 'utf-8' | 'latin1'): string {
    const from = this.#advance(length)
    return new TextDecoder(encoding).decode(this.#bytes.subarray(from, from + length))
  }

  skip(length: number): void {
    this.#advance(length)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  #advance(length: number): number {
    const from = this.#at
    if (!(length >= 0 && length <= this.#bytes.length - from)) throw brokenRds('it ends too early')
    this.#at = from + length
    return from
  }
}

export function brokenRds(reason: string): Problem {
  return new Problem('artifact-corrupt', `the file is no .rds of R, or not whole: ${reason}`)
}
