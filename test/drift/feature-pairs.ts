import { normalFrom, uniform } from '../rules/drift/random.ts'

/** One feature before and now, as it comes: null is missing. */
export interface FeaturePair {
  readonly shape: string
  readonly kind: 'numbers' | 'categories'
  readonly baseline: readonly (number | string | null)[]
  readonly current: readonly (number | string | null)[]
}

type Draw = (next: () => number, normal: () => number, moved: number) => number | string

/** What features look like; `moved` is 0 for the baseline and up to 1 for what came of it. */
const shapes: Readonly<Record<string, Draw>> = {
  normal: (_, normal, moved) => normal() + moved,
  'normal, far from zero': (_, normal, moved) => 1000 + normal() * (1 + moved),
  'normal, negative': (_, normal, moved) => -50 + 5 * normal() - 3 * moved,
  'normal, tiny': (_, normal, moved) => 1e-9 * (normal() + moved),
  lognormal: (_, normal, moved) => Math.exp(1.5 * normal() + moved),
  'heavy tails': (next, _, moved) => Math.tan(Math.PI * (next() - 0.5)) + moved,
  exponential: (next, _, moved) => -Math.log(1 - next()) * (1 + moved),
  uniform: (next, _, moved) => next() * (1 + moved),
  'two humps': (next, normal, moved) => (next() < 0.5 + moved / 3 ? -3 : 3) + normal(),
  'whole numbers': (next, _, moved) => Math.floor(next() * 60 * (1 - moved / 2)),
  counts: (next, _, moved) => Math.floor(-Math.log(1 - next()) * 3 * (1 + moved)),
  years: (next, _, moved) => 1990 + Math.floor(next() * 30 + moved * 5),
  'mostly zero': (next, normal, moved) => (next() < 0.8 - moved / 3 ? 0 : Math.exp(normal())),
  'zero and negative': (next, normal, moved) => (next() < 0.5 ? 0 : normal() - moved),
  constant: () => 7,
  'constant that broke': (next, normal, moved) => (next() < moved / 2 ? normal() : 7),
  cents: (_, normal, moved) => Math.round((20 + 5 * normal() + moved) * 100) / 100,
  'two categories': (next, _, moved) => (next() < 0.3 + moved / 3 ? 'yes' : 'no'),
  'ten categories': (next, _, moved) => `c${Math.floor(next() ** (1 + moved) * 10)}`,
  'two hundred categories': (next, _, moved) => `user ${Math.floor(next() ** (2 + moved) * 200)}`,
  'one category': () => 'only',
  'a new category': (next, _, moved) => (next() < moved / 2 ? 'new' : next() < 0.5 ? 'a' : 'b'),
}

const sizes: readonly (readonly [number, number])[] = [
  [1, 1],
  [1, 300],
  [50, 40],
  [200, 200],
  [500, 300],
  [1000, 5000],
  [5000, 700],
  [20_000, 4000],
]
/** How far the second sample has moved, for one size after the other; some not at all. */
const moves = [0, 0.5, 0.2, 1, 0, 0.1, 0.5, 0.05]

/** Every shape in every size, and once more half as large again with rows that lack a value: 352 pairs. */
export function featurePairs(): FeaturePair[] {
  return Object.entries(shapes).flatMap(([shape, draw], s) =>
    sizes.flatMap(([before, now], i) =>
      [0, 0.15].map((gaps): FeaturePair => {
        const seed = 1000 * s + 10 * i + (gaps > 0 ? 1 : 0)
        const grown = gaps > 0 ? 1.5 : 1
        const baseline = sample(draw, seed * 2, Math.ceil(before * grown), 0, gaps / 3)
        const current = sample(
          draw,
          seed * 2 + 1,
          Math.ceil(now * grown),
          moves[(i + s) % moves.length] ?? 0,
          gaps,
        )
        const isText = [...baseline, ...current].some((value) => typeof value === 'string')
        return { shape, kind: isText ? 'categories' : 'numbers', baseline, current }
      }),
    ),
  )
}

/** At least one value is there: scipy has no answer for none. */
function sample(
  draw: Draw,
  seed: number,
  rows: number,
  moved: number,
  gaps: number,
): (number | string | null)[] {
  const next = uniform(seed)
  const normal = normalFrom(next)
  return Array.from({ length: rows }, (_, row) => {
    const value = draw(next, normal, moved)
    return row > 0 && next() < gaps ? null : value
  })
}
