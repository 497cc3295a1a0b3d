import { pointerTo } from './json-pointer.ts'
import type { Manifest } from './manifest.ts'
import { counted, type Finding, shown } from './problem.ts'

/** What one golden request is: a file with a body, perhaps one with the answer expected, and a tolerance. */
export type Golden = Manifest['examples'][number]

/** What MLflow calls the file that describes a model folder. */
export const mlflowModel = 'MLmodel'
/** MLflow's own example: a body as its server takes it, or, of older versions, the bare input. */
export const mlflowExamples = ['serving_input_example.json', 'input_example.json'] as const

/**
 * Every golden request of a release: those of its manifest, and the input example that MLflow saved with the model,
 * of which no answer is expected.
 * @param paths the files of the release
 */
export function goldenRequests(examples: readonly Golden[], paths: readonly string[]): readonly Golden[] {
  const own = mlflowExamples.find((path) => paths.includes(path))
  const known = examples.some(({ request }) => mlflowExamples.some((path) => path === request))
  if (own === undefined || known || !paths.includes(mlflowModel)) return examples
  return [...examples, { request: own, tolerance: 0 }]
}

/**
 * A golden request's body as callers would send it: MLflow's `input_example.json` holds a data frame without saying
 * that it is one. @param json the parsed file
 */
export function bodyOfExample(path: string, json: unknown): unknown {
  const [, bare] = mlflowExamples
  const isFrame = isObject(json) && Array.isArray(json['columns']) && Array.isArray(json['data'])
  return path === bare && isFrame
    ? { dataframe_split: { columns: json['columns'], data: json['data'] } }
    : json
}

/** A sample's request and answer have together at most this many bytes as JSON: it stands in the version's record. */
export const mostSampleBytes = 8 * 1024

/** A request and its answer where they are small enough to be kept with the version. */
export function sampleOf(
  request: unknown,
  answer: unknown,
): { request: unknown; answer: unknown } | undefined {
  const sample = { request, answer }
  return Buffer.byteLength(JSON.stringify(sample)) <= mostSampleBytes ? sample : undefined
}

/** A golden request that was not answered as it should be, by its place in the list. */
export interface FailedExample {
  readonly index: number
  readonly findings: readonly Finding[]
}

/** A refusal stands in the operation's record: it tells at most this many differences, and one of each example. */
const mostTold = 60

/** The differences that are told of several examples: every example has its share. Pointers begin at the manifest. */
export function toldDifferences(failed: readonly FailedExample[]): Finding[] {
  const share = Math.max(1, Math.floor(mostTold / Math.max(1, failed.length)))
  return failed.flatMap(({ index, findings }) =>
    findings.slice(0, share).map((one) => ({
      ...one,
      pointer: shortened(`/examples/${index}${one.pointer}`),
    })),
  )
}

/**
 * Compare an answer with the one expected: the same structure and the same strings, numbers within the tolerance,
 * which is absolute for expected values up to 1 and relative above.
 * @returns every difference, up to `most`
 */
export function differences(expected: unknown, found: unknown, tolerance: number, most = 20): Finding[] {
  const findings: Finding[] = []
  const tell = (finding: Finding) => findings.push(finding)
  const compare = (want: unknown, got: unknown, pointer: string): void => {
    if (findings.length >= most || want === got) return
    if (typeof want === 'number' && typeof got === 'number') {
      if (!isNear(want, got, tolerance)) tell(numberFinding(want, got, tolerance, pointer))
    } else if (Array.isArray(want) && Array.isArray(got)) {
      if (want.length !== got.length)
        tell({ pointer, found: entries(got.length), allowed: entries(want.length) })
      else for (const [i, item] of want.entries()) compare(item, got[i], `${pointer}/${i}`)
    } else if (isObject(want) && isObject(got)) compareMembers(want, got, pointer)
    else tell({ pointer, found: shown(got), allowed: shown(want) })
  }
  const compareMembers = (want: Members, got: Members, pointer: string): void => {
    for (const key of new Set([...Object.keys(want), ...Object.keys(got)])) {
      if (findings.length >= most) return
      const at = `${pointer}${pointerTo([key])}`
      if (!Object.hasOwn(got, key)) tell({ pointer: at, found: 'nothing', allowed: shown(want[key]) })
      else if (!Object.hasOwn(want, key)) tell({ pointer: at, found: shown(got[key]), allowed: 'nothing' })
      else compare(want[key], got[key], at)
    }
  }
  compare(expected, found, '')
  return findings
}

/** Compare an answer that is no JSON with the one expected: byte by byte. */
export function byteDifferences(expected: Uint8Array, found: Uint8Array): Finding[] {
  const at = found.findIndex((byte, i) => byte !== expected[i])
  if (at < 0 && found.length === expected.length) return []
  const differs = at < 0 ? Math.min(found.length, expected.length) : at
  return [{ pointer: '', found: told(found, differs), allowed: told(expected, differs) }]
}

/** The beginning of a text; of bytes that are none, where they differ. */
function told(bytes: Uint8Array, differs: number): string {
  const size = counted(bytes.length, 'byte')
  try {
    return `${size}, ${shown(new TextDecoder('utf-8', { fatal: true }).decode(bytes))}`
  } catch {
    return `${size}, ${bytes[differs] ?? 'none'} at ${differs}`
  }
}

type Members = Readonly<Record<string, unknown>>

/**
 * Whether a number is the one that is wanted, within a tolerance that is absolute up to 1 and relative above. Divided
 * first: what two numbers near the end of the range are apart may be beyond it.
 */
export function isNear(want: number, got: number, tolerance: number): boolean {
  const off = Math.abs(want - got)
  const scale = Math.max(1, Math.abs(want))
  return Number.isFinite(off) ? off <= tolerance * scale : Math.abs(want / scale - got / scale) <= tolerance
}

function numberFinding(want: number, got: number, tolerance: number, pointer: string): Finding {
  const off = Math.abs(want - got)
  // Beyond the range of numbers there is no JSON for it.
  const offBy = Number.isFinite(off) ? { offBy: Number(off.toPrecision(3)) } : {}
  return { pointer, found: `${got}`, allowed: `${want} ± ${toleranceText(want, tolerance)}`, ...offBy }
}

/** The tolerance as it holds for this number: above 1 it is a share of it. */
function toleranceText(want: number, tolerance: number): string {
  const held = tolerance * Math.max(1, Math.abs(want))
  return `${Number.isFinite(held) ? Number(held.toPrecision(3)) : tolerance}`
}

function entries(length: number): string {
  return length === 0 ? 'an empty list' : `a list of ${counted(length, 'entry', 'entries')}`
}

function shortened(pointer: string): string {
  return (pointer.length > 200 ? `${pointer.slice(0, 197)}...` : pointer).toWellFormed()
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
