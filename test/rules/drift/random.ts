/** Evenly spread numbers in [0, 1), the same for one seed everywhere (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Normally spread numbers (Box and Muller). */
export function normalFrom(next: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

export function normals(seed: number, count: number, mean = 0, deviation = 1): number[] {
  const next = normalFrom(uniform(seed))
  return Array.from({ length: count }, () => mean + deviation * next())
}
