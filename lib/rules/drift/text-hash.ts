/** How many different hashes there are: 2^52. */
export const hashes = 2 ** 52

/**
 * A hash of a text, spread evenly over the whole numbers below 2^52, the same everywhere and for ever: sketches on disk
 * are ordered by it. Two lanes of FNV-1a over UTF-16 units (Fowler, Noll, Vo), each stirred by the finalizer of
 * MurmurHash3 (Appleby), so that short texts are spread too. It keeps nobody out who looks for collisions.
 */
export function textHash(text: string): number {
  let one = 0x811c9dc5
  let other = 0x050c5d1f
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    one = Math.imul(one ^ unit, 0x01000193)
    other = Math.imul(other ^ (unit + 0x9e37), 0x01000193)
  }
  return (
    (stirred(one ^ text.length) & 0xfffff) * 2 ** 32 + stirred(other ^ Math.imul(text.length, 0x85ebca6b))
  )
}

function stirred(lane: number): number {
  let bits = lane ^ (lane >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
