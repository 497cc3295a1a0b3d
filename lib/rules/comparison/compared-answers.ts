import { isNear } from '../golden.ts'
import type { Field } from '../signature.ts'

/** How one output differs between two answers to one record. */
export interface ComparedField {
  readonly name: string
  readonly equal: boolean
  /** How far the second number is off the first; of a list, where it is farthest. Absent where they are no numbers. */
  readonly off?: number
  /** What both say, where it is one of few things to be said. */
  readonly labels?: { readonly a: string; readonly b: string }
}

/** The outputs that both versions have, by which their answers are compared. */
export function commonOutputs(a: readonly Field[], b: readonly Field[]): readonly Field[] {
  const names = new Set(b.map(({ name }) => name))
  return a.filter(({ name }) => names.has(name))
}

/** A prediction by the names of its outputs: the bare value of the one output carries none. */
export function byOutput(prediction: unknown, outputs: readonly Field[]): Readonly<Record<string, unknown>> {
  const [only, another] = outputs
  if (only !== undefined && another === undefined) return { [only.name]: prediction }
  return typeof prediction === 'object' && prediction !== null
    ? (prediction as Readonly<Record<string, unknown>>)
    : {}
}

/**
 * Compare two answers to one record, output by output. Numbers with a fraction may differ by the tolerance, as golden
 * examples may; integers, texts and truth values are the same or are not: 200 and 201 are two classes.
 */
export function compareAnswers(
  outputs: readonly Field[],
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  tolerance: number,
): readonly ComparedField[] {
  return outputs.map((field) => {
    const [mine, other] = [memberOf(a, field.name), memberOf(b, field.name)]
    const off = farthest(mine, other)
    const labels = field.shape.length === 0 && isLabel(field) && { a: labelOf(mine), b: labelOf(other) }
    return {
      name: field.name,
      equal: isSame(mine, other, isFraction(field) ? tolerance : 0),
      ...(off !== undefined && { off }),
      ...(labels && { labels }),
    }
  })
}

function memberOf(answer: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(answer, name) ? answer[name] : undefined
}

function isFraction({ type }: Field): boolean {
  return type === 'float32' || type === 'float64'
}

function isLabel(field: Field): boolean {
  return !isFraction(field)
}

function isSame(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b || isNear(a, b, tolerance)
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => isSame(item, b[i], tolerance))
  return a === b || (typeof a === 'object' && a !== null && JSON.stringify(a) === JSON.stringify(b))
}

/** The difference that is the largest of all elements, with its sign. */
function farthest(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return b - a
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return undefined
  let off: number | undefined
  for (const [i, item] of a.entries()) {
    const one = farthest(item, b[i])
    if (one !== undefined && (off === undefined || Math.abs(one) > Math.abs(off))) off = one
  }
  return off
}

/** The longest label that is shown in full. */
const longestLabel = 60

function labelOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return text.length > longestLabel ? `${text.slice(0, longestLabel - 3)}...`.toWellFormed() : text
}
