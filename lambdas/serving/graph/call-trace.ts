import type { AskedNode, GraphTrace } from './graph-run.ts'

/** What a header can carry: of a graph with more nodes the first are told. */
const mostTold = 40

interface Told {
  readonly description: string
  /** When it was first asked, in milliseconds since the call's begin. */
  readonly startMs: number
  tookMs: number
}

/** What happened in one call of a graph, for its answer's headers. */
export class CallTrace implements GraphTrace {
  readonly #began = performance.now()
  readonly #asked = new Map<string, Told>()
  readonly #fallen = new Map<string, number>()
  readonly #hear: ((node: AskedNode, tookMs: number, failed: boolean) => void) | undefined

  /** @param hear is told of each node as well */
  constructor(hear?: (node: AskedNode, tookMs: number, failed: boolean) => void) {
    this.#hear = hear
  }

  asked(node: AskedNode, tookMs: number, failed: boolean): void {
    const { at } = node.step
    const known = this.#asked.get(at)
    // A node that is asked several times, in a map or once more, has taken all of it.
    if (known !== undefined) known.tookMs += tookMs
    else {
      const startMs = Math.max(0, performance.now() - this.#began - tookMs)
      this.#asked.set(at, { description: `${node.model} ${node.version}`, startMs, tookMs })
    }
    this.#hear?.(node, tookMs, failed)
  }

  fellBack(at: string, choice: number): void {
    this.#fallen.set(at, choice)
  }

  /** One metric of `Server-Timing` for each node, with when it began: pictures of a call are made of it. */
  get timings(): string[] {
    return [...this.#asked]
      .slice(0, mostTold)
      .map(
        ([at, { description, startMs, tookMs }]) =>
          `node-${at};dur=${tookMs.toFixed(2)};desc="${description}";start=${startMs.toFixed(2)}`,
      )
  }

  /** `Model-Fallback`: each step that took another choice than its first, and which: 1 is the second. */
  get fallbacks(): string | undefined {
    const told = [...this.#fallen].slice(0, mostTold).map(([at, choice]) => `${at};choice=${choice}`)
    return told.length === 0 ? undefined : told.join(', ')
  }
}
