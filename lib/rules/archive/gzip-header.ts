import { archiveBroken, archiveRefused } from './archive-kind.ts'

/** Enough for the header of a gzip file: a name and a comment are short. */
export const mostGzipHeaderBytes = 4096
/** The sum of what it holds, and its length. */
export const gzipTrailerBytes = 8

const deflate = 8
const flags = { headerSum: 2, extra: 4, name: 8, comment: 16, unknown: 0xe0 } as const

/**
 * How long the header of a gzip file is (RFC 1952). @param head its first `mostGzipHeaderBytes`
 * @throws Problem `archive-refused`
 */
export function gzipHeaderBytes(head: Uint8Array): number {
  const set = head[3] ?? 0
  if (head.length < 10) throw archiveBroken('it ends within its first bytes')
  if (head[2] !== deflate || (set & flags.unknown) !== 0)
    throw archiveRefused('it is compressed in a way that gzip does not know; pack it with gzip')
  let at = 10
  if ((set & flags.extra) !== 0) at += 2 + (head[at] ?? 0) + (head[at + 1] ?? 0) * 256
  for (const text of [flags.name, flags.comment])
    if ((set & text) !== 0) {
      const end = head.indexOf(0, at)
      at = end === -1 ? mostGzipHeaderBytes : end + 1
    }
  if ((set & flags.headerSum) !== 0) at += 2
  if (at >= head.length) throw archiveBroken('its first bytes are longer than those that gzip writes')
  return at
}

/** Check the end of a gzip file against what came out of it. @throws Problem `archive-refused` */
export function checkGzipTrailer(trailer: Uint8Array, sum: number, length: number): void {
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength)
  if (trailer.length < gzipTrailerBytes || view.getUint32(0, true) !== sum)
    throw archiveBroken('its bytes are not those that were compressed: the sum at its end is another')
  if (view.getUint32(4, true) !== length % 2 ** 32)
    throw archiveBroken('it unpacks to another length than it says')
}
