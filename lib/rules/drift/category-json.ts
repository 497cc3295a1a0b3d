import { z } from 'zod'
import { CategorySketch, mostCategories, tailCounters } from './category-sketch.ts'

const count = z.int().nonnegative()

/** The members of a column of categories in a sketch on disk. */
export const categoryJson = {
  kind: z.literal('categories'),
  missing: count,
  unreadable: count,
  /** The values counted one by one, with their counts, in the order of their texts. */
  named: z.array(z.tuple([z.string().max(64), count.min(1)])).max(mostCategories),
  /** The counters of all others, each as its place and its count; those at 0 are left out. */
  tail: z.array(z.tuple([count.max(tailCounters - 1), count.min(1)])).max(tailCounters),
}
const shape = z.strictObject(categoryJson)
export type CategoryJson = z.infer<typeof shape>

export function categoriesToJson(sketch: CategorySketch): CategoryJson {
  return {
    kind: 'categories',
    missing: sketch.missing,
    unreadable: sketch.unreadable,
    named: sketch.named(),
    tail: [...sketch.tail.entries()].filter(([, inside]) => inside > 0),
  }
}

/** @returns what is wrong, where the members contradict each other */
export function categoriesFrom({ missing, unreadable, named, tail }: CategoryJson): CategorySketch | string {
  const sketch = new CategorySketch()
  const inOrder = <T>(list: readonly (readonly [T, number])[]) =>
    list.every(([key], i) => i === 0 || (list[i - 1]?.[0] ?? key) < key)
  if (!inOrder(named) || !inOrder(tail)) return 'its values are not in order, or one stands there twice'
  if (tail.length > 0 && named.length < mostCategories)
    return `it counts values together, and only ${named.length} one by one`
  for (const [name, inside] of named) sketch.addCounted(name, inside)
  for (const [place, inside] of tail) sketch.tail[place] = inside
  const counts = [...named, ...tail].reduce((sum, [, inside]) => sum + inside, 0)
  if (!Number.isSafeInteger(counts)) return 'its counts are too large'
  Object.assign(sketch, { missing, unreadable, count: counts })
  return sketch
}
