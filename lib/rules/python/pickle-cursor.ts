import { Problem } from '../problem.ts'

/** A place in a stream of bytes, that moves forward and never past the end. */
export class PickleCursor {
  readonly bytes: Uint8Array
  private readonly view: DataView
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The next so many bytes, not copied. @throws Problem `artifact-corrupt` where there are fewer */
  take(length: number): Uint8Array {
    const from = this.advance(length)
    return this.bytes.subarray(from, from + length)
  }

  byte(): number {
    return this.view.getUint8(this.advance(1))
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true)
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true)
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true)
  }

  /** A length of 8 bytes; one beyond 2^53 is past any end. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.advance(8), true))
  }

  float64(): number {
    return this.view.getFloat64(this.advance(8))
  }

  /** The bytes up to the next line feed, without it. */
  line(): Uint8Array {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0) throw cutShort()
    const line = this.bytes.subarray(this.at, end)
    this.at = end + 1
    return line
  }

  private advance(length: number): number {
    const from = this.at
    if (!(length >= 0 && length <= this.bytes.length - from)) throw cutShort()
    this.at = from + length
    return from
  }
}

/** A stream that no pickler writes. */
export function brokenStream(reason: string): Problem {
  return new Problem(
    'artifact-corrupt',
    `the file cannot be read as a pickle: ${reason}; save it again with joblib.dump or pickle.dump, and compare its ` +
      'size before and after the upload',
  )
}

function cutShort(): Problem {
  return brokenStream('it is cut short')
}
