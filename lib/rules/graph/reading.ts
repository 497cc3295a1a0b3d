import { pointerTo } from '../json-pointer.ts'
import { shown } from '../problem.ts'
import type { Expression } from './graph-definition.ts'
import type { GraphFault, Path } from './graph-fault.ts'

/** What is known while a graph is read. */
export interface Reading {
  /** What is wrong, so far. */
  readonly faults: GraphFault[]
}

/** The longest expression, in characters. */
const longestExpression = 4000

/** The expression under a key. @param what is needed, where it must be there @returns undefined where there is none */
export function expressionAt(
  written: Readonly<Record<string, unknown>>,
  key: string,
  path: Path,
  { faults }: Reading,
  what?: string,
): Expression | undefined {
  const value = written[key]
  const pointer = pointerTo([...path, key])
  if (value === undefined || value === null) {
    if (what !== undefined) faults.push({ pointer, found: 'nothing', allowed: what })
    return undefined
  }
  // YAML makes numbers and truth values of what is an expression as well.
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string' || value.trim() === '') {
    const hint = typeof value === 'object' ? '; put quotes around what begins with { or [' : ''
    faults.push({
      pointer,
      found: shown(value),
      allowed: `a JSONata expression, as text${hint}`,
      at: 'value',
    })
    return undefined
  }
  if (value.length <= longestExpression) return value
  faults.push({
    pointer,
    found: `an expression of ${value.length} characters`,
    allowed: `at most ${longestExpression}: a transformation of that size is a model of its own`,
    at: 'value',
  })
  return undefined
}

/** The whole number under a key. */
export function numberAt(
  written: Readonly<Record<string, unknown>>,
  key: string,
  path: Path,
  { faults }: Reading,
  [least, most]: readonly [number, number],
): number | undefined {
  const value = written[key]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  faults.push({
    pointer: pointerTo([...path, key]),
    found: shown(value),
    allowed: `a whole number from ${least} to ${most}`,
    at: 'value',
  })
  return undefined
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
