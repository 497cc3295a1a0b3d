import type { ArchiveEnding } from '../../lib/rules/archive/archive-kind.ts'

/** An archive whose bytes can be read as often as it takes, and stay the same. */
export interface ArchiveSource {
  readonly ending: ArchiveEnding
  /** In bytes. */
  readonly size: number
  /** Its bytes as they come. @param first the first of them @param end behind the last of them; there is one at least */
  open(first: number, end: number): AsyncIterable<Uint8Array>
}

/** A part of its bytes as they come; none where the part is empty. */
export async function* partOf(source: ArchiveSource, first: number, end: number): AsyncGenerator<Uint8Array> {
  if (end > first) yield* source.open(first, end)
}

/** A few of its bytes in one piece, as far as they are there. */
export async function bytesOf(source: ArchiveSource, first: number, end: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of partOf(source, Math.max(0, first), Math.min(source.size, end))) pieces.push(piece)
  return Buffer.concat(pieces)
}
