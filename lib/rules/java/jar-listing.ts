import { Inflate } from 'fflate/browser'
import { joined } from '../python/bounded-inflate.ts'

/** A file in a jar: where its bytes lie. */
export interface JarMember {
  readonly at: number
  readonly packedBytes: number
  readonly isPacked: boolean
}

const endMark = 0x06054b50
const entryMark = 0x02014b50
const endBytes = 22
const entryBytes = 46
const headerBytes = 30
const longestComment = 0xffff
const mostMembers = 50_000
/** The beginning of a packed file, which is enough for the beginning of its content. */
const firstBytes = 4096

/** The files of a jar by their names, as its directory lists them; undefined where it is no zip. */
export function jarListing(bytes: Uint8Array): ReadonlyMap<string, JarMember> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOf(view)
  if (end === undefined) return undefined
  const members = new Map<string, JarMember>()
  let at = view.getUint32(end + 16, true)
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (at + entryBytes > end || view.getUint32(at, true) !== entryMark || members.size >= mostMembers)
      return undefined
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ]
    members.set(new TextDecoder().decode(bytes.subarray(at + entryBytes, at + entryBytes + name)), {
      at: view.getUint32(at + 42, true),
      packedBytes: view.getUint32(at + 20, true),
      isPacked: view.getUint16(at + 10, true) === 8,
    })
    at += entryBytes + name + extra + comment
  }
  return members
}

/** The beginning of a file in a jar, as far as a few kilobytes of it tell; empty where they do not. */
export function jarBeginning(bytes: Uint8Array, { at, packedBytes, isPacked }: JarMember): Uint8Array {
  if (at + headerBytes > bytes.length) return new Uint8Array()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const from = at + headerBytes + view.getUint16(at + 26, true) + view.getUint16(at + 28, true)
  const packed = bytes.subarray(from, Math.min(from + packedBytes, from + firstBytes))
  if (!isPacked) return packed
  const chunks: Uint8Array[] = []
  try {
    new Inflate((chunk) => chunks.push(chunk)).push(packed, packed.length === packedBytes)
  } catch {
    return new Uint8Array()
  }
  return joined(
    chunks,
    chunks.reduce((sum, { length }) => sum + length, 0),
  )
}

/** Where the last record of a zip begins, behind which only a comment may follow. */
function endOf(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - endBytes - longestComment)
  for (let at = view.byteLength - endBytes; at >= first; at -= 1)
    if (view.getUint32(at, true) === endMark) return at
  return undefined
}
