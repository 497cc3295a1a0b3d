import type { Field, Signature } from '../signature.ts'

/** More elements than this are not watched one by one. */
export const mostElements = 64

/** What is told of all elements of a long or free list, each a column of its own. */
export const summaries = ['mean', 'spread', 'smallest', 'largest', 'length'] as const
export type Summary = (typeof summaries)[number]

/** Where in a field's value a column looks. */
export type ColumnPart =
  | { readonly of: 'value' }
  | { readonly of: 'element'; readonly index: number }
  | { readonly of: 'summary'; readonly what: Summary }
  /** Every element is a value of the column. */
  | { readonly of: 'elements' }

/** One column of what is sketched: a field, an element of a short one, or a summary of a long one. */
export interface SketchedColumn {
  /** `tenure`, `embedding[3]`, `image[0,12]`, `mean of image`; of an output also `probability`. */
  readonly name: string
  readonly side: 'input' | 'output'
  readonly field: string
  readonly kind: 'numbers' | 'categories'
  readonly part: ColumnPart
}

/** The columns of a signature: inputs first, then outputs, each in the order of their fields. */
export function sketchedColumns(signature: Signature): SketchedColumn[] {
  return [
    ...signature.inputs.flatMap((field) => columnsOf(field, 'input')),
    ...signature.outputs.flatMap((field) => columnsOf(field, 'output')),
  ]
}

function columnsOf(field: Field, side: SketchedColumn['side']): SketchedColumn[] {
  const kind = isCategorical(field) ? 'categories' : 'numbers'
  const base = { side, field: field.name, kind } as const
  if (field.shape.length === 0) return [{ ...base, name: field.name, part: { of: 'value' } }]
  const elements = elementsOf(field)
  if (elements !== undefined && elements <= mostElements)
    return Array.from({ length: elements }, (_, index) => ({
      ...base,
      name: `${field.name}[${placeOf(index, field.shape).join(',')}]`,
      part: { of: 'element', index },
    }))
  const what = kind === 'categories' ? (['length'] as const) : summaries
  const summed = what.map(
    (one): SketchedColumn => ({
      ...base,
      kind: 'numbers',
      name: `${one} of ${field.name}`,
      part: { of: 'summary', what: one },
    }),
  )
  // A fixed length never moves.
  const telling = summed.filter(
    ({ part }) => elements === undefined || !(part.of === 'summary' && part.what === 'length'),
  )
  return kind === 'categories'
    ? [{ ...base, name: `elements of ${field.name}`, part: { of: 'elements' } }, ...telling]
    : telling
}

function isCategorical({ type }: Field): boolean {
  return type === 'string' || type === 'boolean'
}

/** How many elements a value of the field has; undefined where a length is free. */
function elementsOf({ shape }: Field): number | undefined {
  return shape.reduce<number | undefined>(
    (product, size) => (product === undefined || size === null ? undefined : product * size),
    1,
  )
}

/** The place of an element, in row-major order: 5 of [2, 3] is at [1, 2]. */
function placeOf(index: number, shape: Field['shape']): number[] {
  const place: number[] = []
  let rest = index
  for (const size of shape.toReversed()) {
    place.unshift(rest % (size ?? 1))
    rest = Math.floor(rest / (size ?? 1))
  }
  return place
}

/** What is not watched one by one, a sentence a field. */
export function leftOut(signature: Signature): string[] {
  return [...signature.inputs, ...signature.outputs].flatMap((field) => {
    const elements = elementsOf(field)
    if (field.shape.length === 0 || (elements !== undefined && elements <= mostElements)) return []
    const many = elements === undefined ? 'as many elements as it likes' : `${elements} elements`
    const watched = isCategorical(field)
      ? 'they are counted together, wherever they stand'
      : 'of each record their mean, spread, smallest and largest are watched'
    return [`\`${field.name}\` has ${many}, and up to ${mostElements} are watched one by one: ${watched}`]
  })
}

/**
 * The column that inputs are correlated with: the first output that is one number, else the last element of the first
 * short list of numbers, which for the probabilities of two classes is the second. Undefined where there is none.
 */
export function predictionColumn(columns: readonly SketchedColumn[]): SketchedColumn | undefined {
  const outputs = columns.filter(({ side, kind }) => side === 'output' && kind === 'numbers')
  const single = outputs.find(({ part }) => part.of === 'value')
  const listed = outputs.find(({ part }) => part.of === 'element')
  return single ?? outputs.findLast(({ field, part }) => part.of === 'element' && field === listed?.field)
}
