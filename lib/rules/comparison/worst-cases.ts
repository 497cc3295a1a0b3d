import { shown } from '../problem.ts'
import type { ComparedField } from './compared-answers.ts'
import type { WorstCase } from './comparison-report.ts'

/** So many are kept. */
const mostCases = 10
/** A value that takes more characters as JSON is shown by its beginning. */
const longestValue = 500

/** How bad a case is: that one side failed is worse than that they say different things, and that than any number. */
const failed = 2
const saysOther = 1
const isOff = 0

/** A case as it is kept. */
export interface Ranked {
  readonly kind: number
  /** The largest difference of a number, of numbers above 1 as a share. */
  readonly off: number
  readonly told: WorstCase
}

/** The cases in which two versions differ the most. Of equals the first that came stays. */
export class WorstCases {
  #cases: readonly Ranked[]

  /** @param from those of before. @default none */
  constructor(from: readonly Ranked[] = []) {
    this.#cases = from
  }

  /** @param fields undefined where one of them failed */
  add(told: WorstCase, fields: readonly ComparedField[] | undefined): void {
    const { kind, off } = rank(told, fields)
    const least = this.#cases[mostCases - 1]
    if (least !== undefined && worseFirst({ kind, off }, least) >= 0) return
    this.#cases = [...this.#cases, { kind, off, told: brief(told, farthest(fields)) }]
      .toSorted(worseFirst)
      .slice(0, mostCases)
  }

  get state(): readonly Ranked[] {
    return this.#cases
  }

  /** The worst first. */
  get cases(): readonly WorstCase[] {
    return this.#cases.map(({ told }) => told)
  }
}

function worseFirst(one: Pick<Ranked, 'kind' | 'off'>, other: Pick<Ranked, 'kind' | 'off'>): number {
  return other.kind - one.kind || other.off - one.off
}

function rank({ a }: WorstCase, fields: readonly ComparedField[] | undefined): Pick<Ranked, 'kind' | 'off'> {
  if (fields === undefined) return { kind: failed, off: 0 }
  const differing = fields.filter(({ equal }) => !equal)
  const offs = differing.map(({ name, off = 0 }) => Math.abs(off) / scaleOf(a, name))
  const saysAnother = differing.some(({ off, labels }) => off === undefined || labels !== undefined)
  return { kind: saysAnother ? saysOther : isOff, off: Math.max(0, ...offs) }
}

/** The largest difference of a number as it is. */
function farthest(fields: readonly ComparedField[] = []): number {
  return Math.max(0, ...fields.map(({ equal, off = 0 }) => (equal ? 0 : Math.abs(off))))
}

/** Above 1 a difference counts as a share of the number it is off. */
function scaleOf(answer: unknown, name: string): number {
  const value = (answer as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'number' ? Math.max(1, Math.abs(value)) : 1
}

function brief({ requestId, row, inputs, a, b }: WorstCase, off: number): WorstCase {
  return {
    ...(requestId !== undefined && { requestId }),
    ...(row !== undefined && { row }),
    ...(inputs !== undefined && {
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, briefly(value)])),
    }),
    a: briefly(bare(a)),
    b: briefly(bare(b)),
    ...(off > 0 && { off }),
  }
}

/** The one output without its name, as callers get it. */
function bare(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || 'problem' in answer) return answer
  const values = Object.values(answer)
  return values.length === 1 ? values[0] : answer
}

function briefly(value: unknown): unknown {
  const text = JSON.stringify(value)
  return text === undefined || text.length > longestValue ? shown(value) : value
}
