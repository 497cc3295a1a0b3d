import type { LabelCount } from './comparison-report.ts'

const mostLabels = 12
const others = 'others'

/** Counts as they are kept: of each label of the one, how often the other said what. */
export interface LabelState {
  readonly known: readonly string[]
  readonly rows: readonly (readonly [string, readonly (readonly [string, number])[]])[]
  readonly overflows: boolean
}

/** How often one side said this and the other that: a small matrix, however many labels there are. */
export class LabelCounts {
  readonly #known: Set<string>
  readonly #counts: Map<string, Map<string, number>>
  #overflows: boolean

  /** @param from counts of before. @default none */
  constructor({ known, rows, overflows }: LabelState = { known: [], rows: [], overflows: false }) {
    this.#known = new Set(known)
    this.#counts = new Map(rows.map(([a, row]) => [a, new Map(row)]))
    this.#overflows = overflows
  }

  get state(): LabelState {
    const rows = [...this.#counts].map(([a, row]) => [a, [...row]] as const)
    return { known: [...this.#known], rows, overflows: this.#overflows }
  }

  add(a: string, b: string): void {
    const from = this.#kept(a)
    const to = this.#kept(b)
    const row = this.#counts.get(from) ?? new Map<string, number>()
    row.set(to, (row.get(to) ?? 0) + 1)
    this.#counts.set(from, row)
  }

  /** Whether there were more labels than are told apart. */
  get overflows(): boolean {
    return this.#overflows
  }

  /** The most frequent pair first. */
  get counts(): readonly LabelCount[] {
    return [...this.#counts]
      .flatMap(([a, row]) => [...row].map(([b, rows]) => ({ a, b, rows })))
      .toSorted((one, other) => other.rows - one.rows)
  }

  #kept(label: string): string {
    if (this.#known.has(label)) return label
    if (this.#known.size === mostLabels) {
      this.#overflows = true
      return others
    }
    this.#known.add(label)
    return label
  }
}
