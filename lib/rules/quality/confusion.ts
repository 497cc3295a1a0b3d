/** So many classes are told apart; a pair with another is counted as one of `others`. */
export const mostClasses = 100
export const otherClasses = 'others'
const between = '\u0000'

/** What was predicted, and what it was: how often each. */
export class Confusion {
  readonly #pairs = new Map<string, number>()
  readonly #classes = new Set<string>()

  add(predicted: string, actual: string, count = 1): void {
    const key = `${this.#known(predicted)}${between}${this.#known(actual)}`
    this.#pairs.set(key, (this.#pairs.get(key) ?? 0) + count)
  }

  merge(other: Confusion): void {
    for (const { predicted, actual, count } of other.cells()) this.add(predicted, actual, count)
  }

  get count(): number {
    return this.cells().reduce((sum, { count }) => sum + count, 0)
  }

  /** Of pairs whose classes are all told apart. Two of `others` may be of different classes: they are not taken for right. */
  get right(): number {
    return this.cells()
      .filter(({ predicted, actual }) => predicted === actual && predicted !== otherClasses)
      .reduce((sum, { count }) => sum + count, 0)
  }

  get classes(): number {
    return this.#classes.size
  }

  /** The cells that anything fell into, the fullest first. */
  cells(): readonly { readonly predicted: string; readonly actual: string; readonly count: number }[] {
    return [...this.#pairs]
      .map(([key, count]) => {
        const [predicted = '', actual = ''] = key.split(between)
        return { predicted, actual, count }
      })
      .toSorted(
        (a, b) => b.count - a.count || (`${a.predicted} ${a.actual}` < `${b.predicted} ${b.actual}` ? -1 : 1),
      )
  }

  #known(name: string): string {
    const plain = name.replaceAll(between, ' ').slice(0, 200)
    if (this.#classes.has(plain)) return plain
    if (this.#classes.size >= mostClasses) return otherClasses
    this.#classes.add(plain)
    return plain
  }
}
