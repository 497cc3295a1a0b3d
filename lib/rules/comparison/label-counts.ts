import type { LabelCount } from './comparison-report.ts'

const mostLabels = 12
const others = 'others'

/** How often one side said this and the other that: a small matrix, however many labels there are. */
export class LabelCounts {
  readonly #known = new Set<string>()
  readonly #counts = new Map<string, Map<string, number>>()
  #overflows = false

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
