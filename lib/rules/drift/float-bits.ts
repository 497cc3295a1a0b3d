const doubles = new Float64Array(1)
const words = new Int32Array(doubles.buffer)

/** Which of a double's two 32-bit words holds sign, exponent and the first 20 bits of the fraction. */
export const upperWord = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0

/** Sign, exponent and the first 20 bits of the fraction of a double, as a signed 32-bit integer. */
export function upperBits(value: number): number {
  doubles[0] = value
  return words[upperWord] ?? 0
}

/** The double that has these upper bits and nothing below them. */
export function ofUpperBits(bits: number): number {
  words[upperWord] = bits
  words[1 - upperWord] = 0
  return doubles[0] ?? 0
}
