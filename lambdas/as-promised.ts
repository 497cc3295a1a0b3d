import { createHash } from 'node:crypto'
import type { FrozenFile } from '../lib/rules/artifact.ts'

/**
 * Bytes as they come, of which the last ones go on only once all of them are known to be those that were promised: what
 * is written in one go is then never whole and wrong. @throws Error where they are not
 */
export async function* asPromised(
  { path, size, sha256 }: Omit<FrozenFile, 'ref'>,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let length = 0
  let held: Uint8Array | undefined
  for await (const piece of bytes) {
    if (held !== undefined) yield held
    hash.update(piece)
    length += piece.length
    held = piece
  }
  if (length !== size || hash.digest('hex') !== sha256)
    throw new Error(`${path} is not what it was when its archive was judged`)
  if (held !== undefined) yield held
}
