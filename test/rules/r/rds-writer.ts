/** Writes serializations of R by hand: also those that no R would write. */
const header = [0x58, 0x0a, ...int(2), ...int(0x04_02_02), ...int(0x02_03_00)]

export function rds(...value: readonly number[]): Uint8Array {
  return Uint8Array.from([...header, ...value])
}

export function int(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}

/** A vector of bytes, as `serialize` gives one. */
export const raw = (content: Uint8Array) => [...int(24), ...int(content.length), ...content]

const bytes = (text: string) => [...new TextEncoder().encode(text)]
export const string = (text: string) => [...int(0x0004_0009), ...int(bytes(text).length), ...bytes(text)]
export const strings = (...texts: readonly string[]) => [
  ...int(16),
  ...int(texts.length),
  ...texts.flatMap(string),
]
export const symbol = (name: string) => [...int(1), ...string(name)]
export const nothing = int(254)
export const globalEnvironment = int(253)
export const unbound = int(252)

/** A list with names. */
export function list(items: Readonly<Record<string, readonly number[]>>): number[] {
  const values = Object.values(items)
  const names = [...int(0x402), ...symbol('names'), ...strings(...Object.keys(items)), ...nothing]
  return [...int(19 | 0x200), ...int(values.length), ...values.flat(), ...names]
}

/** `NAME(TEXT)`, not yet called. */
export function call(name: string, text: string): number[] {
  return [...int(6), ...symbol(name), ...int(2), ...strings(text), ...nothing]
}

/** A promise that is still to be kept: R calls what it promises as soon as it looks at it (CVE-2024-27322). */
export function promise(promised: readonly number[]): number[] {
  return [...int(5 | 0x400), ...globalEnvironment, ...unbound, ...promised]
}
