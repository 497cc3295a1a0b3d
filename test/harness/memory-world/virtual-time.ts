import type { Clock } from '../../../lambdas/ports.ts'

interface Due {
  readonly at: number
  /** What is due at one moment happens in the order in which it was planned. */
  readonly turn: number
  readonly act: () => void
  isWanted: boolean
}

/**
 * A clock that stands still until the next thing is due, and then jumps there: days pass in milliseconds, and the same
 * plan happens in the same order every time.
 */
export class VirtualTime implements Clock {
  readonly #heap: Due[] = []
  #now: number
  #turns = 0

  /** @param start milliseconds since the epoch */
  constructor(start: number) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  /** Do something in so many milliseconds, whole ones as clocks tell them. @returns forgets it */
  after(ms: number, act: () => void): () => void {
    this.#turns += 1
    const due = { at: this.#now + Math.max(0, Math.ceil(ms)), turn: this.#turns, act, isWanted: true }
    this.#push(due)
    return () => {
      due.isWanted = false
    }
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /**
   * Let time pass until a moment, or until nothing is due any more before it.
   * @param look called whenever everything that one event led to has come to rest
   */
  async pass(until: number, look: () => void = () => {}): Promise<void> {
    // What was begun outside comes to its first wait.
    await atRest()
    for (let due = this.#heap[0]; due !== undefined && due.at <= until; due = this.#heap[0]) {
      this.#pop()
      if (!due.isWanted) continue
      this.#now = Math.max(this.#now, due.at)
      due.act()
      await atRest()
      look()
    }
    this.#now = Math.max(this.#now, until)
  }

  #push(due: Due): void {
    const heap = this.#heap
    let i = heap.push(due) - 1
    for (let up = (i - 1) >> 1; i > 0 && isBefore(due, heap[up] as Due); up = (i - 1) >> 1) {
      heap[i] = heap[up] as Due
      i = up
    }
    heap[i] = due
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Due
    if (heap.length === 0) return
    let i = 0
    for (;;) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      const down = right < heap.length && isBefore(heap[right] as Due, heap[left] as Due) ? right : left
      if (down >= heap.length || !isBefore(heap[down] as Due, last)) break
      heap[i] = heap[down] as Due
      i = down
    }
    heap[i] = last
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.turn < other.turn)
}

/** Every promise that can be kept without time passing is kept. */
function atRest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
