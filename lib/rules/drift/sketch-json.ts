import { z } from 'zod'
import { Problem, shown } from '../problem.ts'
import type { Signature } from '../signature.ts'
import { type CategoryJson, categoriesFrom, categoriesToJson, categoryJson } from './category-json.ts'
import { type NumberJson, numberJson, numbersFrom, numbersToJson } from './number-json.ts'
import { emptySketch, type VersionSketch } from './version-sketch.ts'

/** How sketches are written. Readers know this version and none other. */
export const sketchFormat = 'sluice-sketch'
export const sketchFormatVersion = 1

/** A sketch as it is kept: equal sketches have equal texts. */
export interface SketchJson {
  readonly format: typeof sketchFormat
  readonly version: typeof sketchFormatVersion
  readonly rows: number
  /** By side and name, so that a file that is somebody else's is found out. */
  readonly columns: readonly (SketchedJson & { readonly name: string; readonly side: 'input' | 'output' })[]
}
type SketchedJson = NumberJson | CategoryJson

const place = { name: z.string(), side: z.enum(['input', 'output']) }
const schema = z.strictObject({
  format: z.literal(sketchFormat),
  version: z.literal(sketchFormatVersion),
  rows: z.int().nonnegative(),
  columns: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ ...place, ...numberJson }),
        z.strictObject({ ...place, ...categoryJson }),
      ]),
    )
    .max(100_000),
})

/** A sketch as a document: two sketches of the same records, however they were made, give the same text. */
export function toJson({ rows, columns, sketches }: VersionSketch): SketchJson {
  return {
    format: sketchFormat,
    version: sketchFormatVersion,
    rows,
    columns: columns.flatMap(({ name, side }, i) => {
      const sketch = sketches[i]
      if (sketch === undefined) return []
      const body = sketch.kind === 'numbers' ? numbersToJson(sketch) : categoriesToJson(sketch)
      return [{ name, side, ...body }]
    }),
  }
}

/**
 * Read a sketch of a signature from what stands in a file. @throws Problem `sketch-unreadable` where it is none, is of a
 * newer form, contradicts itself, or is of another signature
 */
export function parseSketch(text: string, signature: Signature): VersionSketch {
  const document = parsed(text)
  const { format, version } = (document ?? {}) as { readonly format?: unknown; readonly version?: unknown }
  if (format !== sketchFormat) throw refused(`its format is ${shown(format)}, and '${sketchFormat}' is read`)
  if (version !== sketchFormatVersion)
    throw refused(
      `it is written in version ${shown(version)} of the format, and this Sluice reads version ${sketchFormatVersion}`,
    )
  const read = schema.safeParse(document)
  if (!read.success) {
    const [issue] = read.error.issues
    throw refused(`/${issue?.path.map(String).join('/') ?? ''}: ${issue?.message ?? 'it has another form'}`)
  }
  return filled(emptySketch(signature), read.data)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refused('it is no JSON')
  }
}

function filled(empty: VersionSketch, { rows, columns }: z.infer<typeof schema>): VersionSketch {
  const wanted = empty.columns.map(({ side, kind, name }) => `${side} ${name} (${kind})`)
  const found = columns.map(({ side, kind, name }) => `${side} ${name} (${kind})`)
  const odd = wanted.findIndex((one, i) => one !== found[i])
  if (odd >= 0 || wanted.length !== found.length) {
    const at = odd >= 0 ? odd : wanted.length
    throw refused(
      `its column ${at + 1} is ${found[at] ?? 'not there'}, and that of the signature is ${wanted[at] ?? 'not there'}; make it again from records of this signature`,
    )
  }
  const sketches = columns.map((json) => {
    const sketch = json.kind === 'numbers' ? numbersFrom(json) : categoriesFrom(json)
    if (typeof sketch === 'string')
      throw refused(`its column ${shown(json.name)} contradicts itself: ${sketch}`)
    return sketch
  })
  return { ...empty, rows, sketches }
}

function refused(reason: string): Problem {
  return new Problem('sketch-unreadable', `the sketch cannot be read: ${reason}`)
}
