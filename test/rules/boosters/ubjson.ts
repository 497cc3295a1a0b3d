/** A document in UBJSON, as XGBoost writes it: lengths of eight bytes, arrays counted, numbers of one type together. */
export function ubjsonOf(value: unknown): Uint8Array {
  return Uint8Array.from(bytesOf(value))
}

/** Only the parts that are written: for what no writer would write. */
export function ubjsonParts(...parts: readonly (string | number | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string'
        ? [...new TextEncoder().encode(part)]
        : typeof part === 'number'
          ? count(part)
          : [...part],
    ),
  )
}

function bytesOf(value: unknown): number[] {
  if (value === null) return [...marker('Z')]
  if (typeof value === 'boolean') return [...marker(value ? 'T' : 'F')]
  if (typeof value === 'string') return [...marker('S'), ...text(value)]
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? count(value) : [...marker('D'), ...double(value)]
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number'))
    return [...marker('[$D#'), ...count(value.length), ...value.flatMap(double)]
  if (Array.isArray(value)) return [...marker('[#'), ...count(value.length), ...value.flatMap(bytesOf)]
  const members = Object.entries(value as object).flatMap(([name, item]) => [...text(name), ...bytesOf(item)])
  return [...marker('{'), ...members, ...marker('}')]
}

function marker(letters: string): number[] {
  return [...letters].map((letter) => letter.charCodeAt(0))
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value)
  return [...count(bytes.length), ...bytes]
}

function count(value: number): number[] {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value))
  return [...marker('L'), ...bytes]
}

function double(value: number): number[] {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value)
  return [...bytes]
}
