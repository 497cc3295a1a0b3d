import { parseSketch, type SketchJson, toJson } from '../drift/sketch-json.ts'
import type { VersionSketch } from '../drift/version-sketch.ts'
import { Problem, shown } from '../problem.ts'
import type { Signature } from '../signature.ts'

/**
 * Where a baseline comes from: a sample of what the version was trained on, or its own first records, which it is still learning
 * from or has learned from.
 */
export type BaselineKind = 'training' | 'learning' | 'learned'

/** What a version's records are compared with. */
export interface Baseline {
  readonly kind: BaselineKind
  /** The file of the release it was made from. */
  readonly file?: string
  /** Records before this are in it, milliseconds since the epoch; of what is learned. */
  readonly untilMs?: number
  readonly sketch: VersionSketch
}

/** A baseline without what it knows, for people. */
export interface BaselineFacts extends Omit<Baseline, 'sketch'> {
  readonly rows: number
}

interface BaselineJson extends BaselineFacts {
  readonly format: typeof format
  readonly version: typeof formatVersion
  readonly sketch: SketchJson
}

const format = 'sluice-baseline'
const formatVersion = 1

/** Equal baselines have equal texts. */
export function baselineText({ kind, file, untilMs, sketch }: Baseline): string {
  const document: BaselineJson = {
    format,
    version: formatVersion,
    kind,
    ...(file !== undefined && { file }),
    ...(untilMs !== undefined && { untilMs }),
    rows: sketch.rows,
    sketch: toJson(sketch),
  }
  return `${JSON.stringify(document)}\n`
}

/** @param signature what of the version is looked at @throws Problem `sketch-unreadable` */
export function parseBaseline(text: string, signature: Signature): Baseline {
  const { kind, file, untilMs, sketch } = parsed(text)
  return {
    kind,
    ...(file !== undefined && { file }),
    ...(untilMs !== undefined && { untilMs }),
    sketch: parseSketch(JSON.stringify(sketch), signature),
  }
}

/** @throws Problem `sketch-unreadable` */
export function baselineFacts(text: string): BaselineFacts {
  const { format: _, version: __, sketch: ___, ...facts } = parsed(text)
  return facts
}

function parsed(text: string): BaselineJson {
  let document: Partial<BaselineJson> | null
  try {
    document = JSON.parse(text) as Partial<BaselineJson> | null
  } catch {
    throw new Problem('sketch-unreadable', 'the baseline cannot be read: it is no JSON')
  }
  if (document?.format !== format || document.version !== formatVersion)
    throw new Problem(
      'sketch-unreadable',
      `the baseline cannot be read: it is of the format ${shown(document?.format)}, version ${shown(document?.version)}, and this Sluice reads version ${formatVersion} of '${format}'`,
    )
  return document as BaselineJson
}

/** What a baseline is, in a few words for people. */
export function baselineTold({ kind, file, rows, untilMs }: BaselineFacts, learnFrom: number): string {
  if (kind === 'training') return `${rows} rows of ${file ?? 'a training sample'}`
  if (kind === 'learning') return `learning: ${rows} of the first ${learnFrom} recorded rows`
  const until = untilMs === undefined ? '' : `, until ${new Date(untilMs).toISOString().slice(0, 16)}Z`
  return `learned from its first ${rows} recorded rows${until}: not from what it was trained on`
}
