/**
 * A sample of all that was ever added, each with the same chance to be in it, in constant memory (algorithm R, J. S.
 * Vitter, 1985). Chance is drawn from the number of the row: the same rows make the same sample.
 */
export class RowSample<Row> {
  readonly #most: number
  readonly #rows: Row[]
  #added: number

  /** @param from a sample of as many, which goes on. @default none was added yet */
  constructor(most: number, from: SampleState<Row> = { rows: [], added: 0 }) {
    this.#most = most
    this.#rows = [...from.rows]
    this.#added = from.added
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  /** How many were added. */
  get added(): number {
    return this.#added
  }

  add(row: Row): void {
    const place =
      this.#added < this.#most ? this.#added : Math.floor(scattered(this.#added) * (this.#added + 1))
    this.#added += 1
    if (place < this.#most) this.#rows[place] = row
  }

  /** For how many of those that were added each row stands. */
  get weight(): number {
    return this.#rows.length === 0 ? 0 : this.#added / this.#rows.length
  }
}

/** A sample as it is kept. */
export interface SampleState<Row> {
  readonly rows: readonly Row[]
  readonly added: number
}

/** A number in [0, 1) that looks drawn by chance: the finish of MurmurHash3 over a counter. */
function scattered(count: number): number {
  let bits = (count + 0x9e3779b9) | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
}

/** A value, and for how many it stands. */
export interface Weighted {
  readonly value: number
  readonly weight: number
}

/** The values below or at which the given shares of all lie. @returns undefined of none */
export function quantilesOf<Name extends string>(
  values: readonly Weighted[],
  shares: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> | undefined {
  const sorted = values.toSorted((one, other) => one.value - other.value)
  const last = sorted.at(-1)
  if (last === undefined) return undefined
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0)
  const found = Object.entries<number>(shares).map(([name, share]) => {
    let seen = 0
    const at = sorted.find(({ weight }) => {
      seen += weight
      // Weights are no whole numbers: the last of them may fall short of their sum by a rounding.
      return seen >= share * total * (1 - 1e-12)
    })
    return [name, (at ?? last).value] as const
  })
  return Object.fromEntries(found) as Record<Name, number>
}
