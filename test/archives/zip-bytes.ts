import { crc32, deflateRawSync } from 'node:zlib'

/** What one of the two headers of an entry says; where it is left out, the truth. */
export interface ZipFields {
  readonly name?: string | Uint8Array
  readonly flags?: number
  readonly method?: number
  readonly sum?: number
  readonly packed?: number
  readonly size?: number
  readonly extra?: Uint8Array
}

/** An entry of a zip, as a tool writes it, unless a case says otherwise. */
export interface ZipPart extends ZipFields {
  readonly name: string | Uint8Array
  readonly body?: string | Uint8Array
  /** Unix attributes: the kind and the mode. */
  readonly unix?: number
  readonly attributes?: number
  readonly madeBy?: number
  /** What lies there, in place of the packed bytes. */
  readonly lies?: Uint8Array
  /** Between the entry before and this one. */
  readonly before?: Uint8Array
  /** Behind its bytes. */
  readonly behind?: Uint8Array
  readonly local?: ZipFields
  readonly central?: ZipFields & { readonly at?: number; readonly disk?: number }
}

export interface ZipEndFields {
  readonly entries?: number
  readonly here?: number
  readonly disk?: number
  readonly directoryAt?: number
  readonly directoryBytes?: number
  readonly comment?: Uint8Array
  /** Between the directory and the end. */
  readonly before?: Uint8Array
}

const little = (...values: readonly (readonly [2 | 4 | 8, number])[]) =>
  Buffer.concat(
    values.map(([length, value]) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(BigInt(value))
      return bytes.subarray(0, length)
    }),
  )

export { little as littleEndian }

/** The extra field of large sizes. */
export function largeExtra(...values: readonly number[]): Buffer {
  return extraField(0x0001, little(...values.map((value) => [8, value] as const)))
}

export function extraField(id: number, body: Uint8Array): Buffer {
  return Buffer.concat([little([2, id], [2, body.length]), body])
}

/** What stands behind bytes whose sizes were not known before. */
export function descriptor(body: string, packed: number, sizeBytes: 4 | 8 = 4): Buffer {
  return little([4, 0x08074b50], [4, crc32(body)], [sizeBytes, packed], [sizeBytes, Buffer.byteLength(body)])
}

export function zip(parts: readonly ZipPart[], end: ZipEndFields = {}): Buffer {
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  const add = (...more: readonly Uint8Array[]) => {
    for (const piece of more) {
      pieces.push(Buffer.from(piece))
      at += piece.length
    }
  }
  for (const part of parts) {
    const { body = 'x', before = Buffer.alloc(0), behind = Buffer.alloc(0) } = part
    add(before)
    const headerAt = at
    const bytes = Buffer.from(body)
    const lies = Buffer.from(part.lies ?? (part.method === 0 ? bytes : deflateRawSync(bytes)))
    const truth = {
      flags: 0x800,
      method: 8,
      sum: crc32(bytes),
      packed: lies.length,
      size: bytes.length,
      ...part,
    }
    add(localHeader({ ...truth, ...part.local }), lies, behind)
    directory.push(centralHeader({ ...truth, ...part.central }, part, part.central?.at ?? headerAt))
  }
  const whole = Buffer.concat(directory)
  const directoryAt = at
  add(whole, end.before ?? Buffer.alloc(0))
  const { comment = Buffer.alloc(0), disk = 0 } = end
  add(
    little(
      [4, 0x06054b50],
      [2, disk],
      [2, disk],
      [2, end.here ?? end.entries ?? parts.length],
      [2, end.entries ?? parts.length],
      [4, end.directoryBytes ?? whole.length],
      [4, end.directoryAt ?? directoryAt],
      [2, comment.length],
    ),
    comment,
  )
  return Buffer.concat(pieces)
}

type AllFields = Required<Omit<ZipFields, 'extra'>> & Pick<ZipFields, 'extra'>

function localHeader({ name, flags, method, sum, packed, size, extra = Buffer.alloc(0) }: AllFields): Buffer {
  const raw = Buffer.from(name)
  const fixed = little([4, 0x04034b50], [2, 20], [2, flags], [2, method], [4, 0x5a210000])
  const told = little([4, sum], [4, packed], [4, size], [2, raw.length], [2, extra.length])
  return Buffer.concat([fixed, told, raw, extra])
}

function centralHeader(fields: AllFields, part: ZipPart, headerAt: number): Buffer {
  const { name, flags, method, sum, packed, size, extra = Buffer.alloc(0) } = fields
  const raw = Buffer.from(name)
  const { unix = String(name).endsWith('/') ? 0o040755 : 0o100644, madeBy = 3 } = part
  const attributes = part.attributes ?? unix * 2 ** 16
  return Buffer.concat([
    little([4, 0x02014b50], [2, madeBy * 256 + 20], [2, 20], [2, flags], [2, method], [4, 0x5a210000]),
    little([4, sum], [4, packed], [4, size], [2, raw.length], [2, extra.length], [2, 0]),
    little([2, part.central?.disk ?? 0], [2, 0], [4, attributes], [4, headerAt]),
    raw,
    extra,
  ])
}
