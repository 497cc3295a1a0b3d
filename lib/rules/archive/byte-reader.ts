/** Reads bytes that come in pieces of any size, in the pieces that are wanted, once and in order. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#pieces = bytes[Symbol.asyncIterator]()
  }

  /** The next bytes as they come, at most so many; none at the end. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next()
      if (done === true) return this.#rest
      this.#rest = value
    }
    const some = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(some.length)
    return some
  }

  /** The next so many bytes in one piece; fewer at the end. A few only: they are held. */
  async exactly(length: number): Promise<Uint8Array> {
    const first = await this.some(length)
    if (first.length === length) return first
    const whole = new Uint8Array(length)
    let filled = 0
    for (let piece = first; piece.length > 0; piece = await this.some(length - filled)) {
      whole.set(piece, filled)
      filled += piece.length
      if (filled === length) break
    }
    return whole.subarray(0, filled)
  }

  /** Let go of what the bytes come from. */
  async close(): Promise<void> {
    await this.#pieces.return?.()
  }
}
