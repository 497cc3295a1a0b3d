import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import { pathOf } from './json-pointer.ts'
import {
  type Manifest,
  manifestJsonSchema,
  manifestSchema,
  type Runtime,
  type WrittenManifest,
} from './manifest.ts'
import { type Finding, Problem, shown } from './problem.ts'
import { findingSentence, schemaFindings } from './schema-findings.ts'

/** Where a value of the filled-in manifest came from, by top-level field. */
export type Origin = 'written' | 'default' | 'place' | 'detected' | 'artifact'

/** What the place in the store and the artifact itself tell, to be filled in where the manifest is silent. */
export interface Detected {
  readonly model: string
  readonly version: string
  readonly runtime: Runtime
}

export interface FilledManifest {
  readonly manifest: Manifest
  readonly origins: Readonly<Record<string, Origin>>
}

/** The longest manifest, in characters: one that names 500 files with the longest paths has a third of it. */
const longestManifest = 1_000_000

/** The most faults that one refusal lists. */
const mostFindings = 100

/**
 * Read a manifest, reporting every fault at once (the first hundred of them), each with its line.
 * @param text the file `model.yaml`; '' where there is none
 * @throws Problem `manifest-invalid`
 */
export function parseManifest(text: string): WrittenManifest {
  if (text.length > longestManifest)
    throw invalid([
      {
        pointer: '',
        found: `${text.length} characters`,
        allowed: `at most ${longestManifest}`,
      },
    ])
  const lines = new LineCounter()
  // Whether keys are unique is looked at below: the library compares each with each, for minutes where there are many.
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'error',
  })
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    found: faultOf(error.message),
    at: error.pos[0],
  }))
  // Once the parser's stack is at its end, what else it says is noise.
  const deep = faults.find(({ found }) => found === tooDeep)
  const odd = deep === undefined ? (faults.length > 0 ? faults : oddities(document)) : [deep]
  if (odd.length > 0)
    throw invalid(
      odd.map(({ found, at }) => ({ pointer: '', found, allowed: 'YAML', ...position(lines, at) })),
    )
  const read = manifestSchema.safeParse(plain(document) ?? {}, { reportInput: true })
  if (read.success) return read.data
  const findings = schemaFindings(read.error.issues, allowedKeys())
  const placed = findings
    .slice(0, mostFindings)
    .map((one) => ({ ...one, ...position(lines, offsetOf(document, one)) }))
  throw invalid(
    placed.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    findings.length,
  )
}

let jsonSchema: Record<string, unknown> | undefined

/** The schema is made once, and only where something is wrong. */
function allowedKeys(): Record<string, unknown> {
  jsonSchema ??= manifestJsonSchema()
  return jsonSchema
}

const tooDeep = 'it nests too deeply'

/** The parser's own words on a fault, except where its stack has come to its end. */
function faultOf(message: string): string {
  const [line = 'a fault'] = message.split('\n')
  return /call stack/i.test(line) ? tooDeep : shortened(line)
}

/** What the parser lets pass and no record can keep: a key that stands there twice, and half a character. */
function oddities(document: Document): { found: string; at: number | undefined }[] {
  const found: { found: string; at: number | undefined }[] = []
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value))
          found.push({ found: `the key ${shown(key.value)} stands there twice`, at: key.range?.[0] })
        seen.add(key.value)
      }
    },
    Scalar(_, { value, range }) {
      if (typeof value === 'string' && !value.isWellFormed())
        found.push({ found: 'a text holds half of a surrogate pair, which is no character', at: range?.[0] })
    },
  })
  return found
}

function shortened(line: string): string {
  return (line.length > 200 ? `${line.slice(0, 197)}...` : line).toWellFormed()
}

/** Fill in what the manifest leaves out. @throws Problem `manifest-invalid` where it contradicts its place */
export function fillManifest(
  written: WrittenManifest,
  detected: Detected,
  writtenKeys: readonly string[],
): FilledManifest {
  const contradictions = (['model', 'version'] as const).filter(
    (key) => written[key] !== undefined && written[key] !== detected[key],
  )
  if (contradictions.length > 0)
    throw invalid(
      contradictions.map((key) => ({
        pointer: `/${key}`,
        found: shown(written[key]),
        allowed: `'${detected[key]}', as the place in the store says`,
      })),
    )
  const manifest = { ...written, ...detected, runtime: written.runtime ?? detected.runtime }
  const origin = (key: string): Origin => {
    if (writtenKeys.includes(key)) return 'written'
    if (key === 'model' || key === 'version') return 'place'
    return key === 'runtime' ? 'detected' : 'default'
  }
  return { manifest, origins: Object.fromEntries(Object.keys(manifest).map((key) => [key, origin(key)])) }
}

/** The top-level keys that stand in a manifest's text. */
export function writtenKeys(text: string): string[] {
  const value = plain(parseDocument(text, { uniqueKeys: false }))
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

/** As JSON would have it: YAML's own maps with odd keys, dates and cycles do not get past this. */
function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    throw invalid([{ pointer: '', found: 'aliases that unfold without end', allowed: 'at most 100 of them' }])
  }
}

/** The offset in the text of what a finding points at: of its key, or of the nearest parent where it is missing. */
function offsetOf(document: Document, { pointer }: Finding): number | undefined {
  const path = pathOf(pointer)
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const last = path[length - 1]
    const key = isMap(parent)
      ? parent.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key
      : undefined
    const node = key ?? (isSeq(parent) ? parent.get(Number(last), true) : undefined)
    if (isNode(node) && node.range) return node.range[0]
  }
  return document.contents?.range?.[0]
}

function position(lines: LineCounter, offset: number | undefined): { line?: number; column?: number } {
  if (offset === undefined) return {}
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function invalid(findings: readonly Finding[], count = findings.length): Problem {
  const [first] = findings
  const place = first?.line === undefined ? '' : `line ${first.line}: `
  const more = count === 1 ? '' : `; ${count} faults in all`
  return new Problem(
    'manifest-invalid',
    `${place}${first === undefined ? '' : told(first)}${more}`,
    findings.slice(0, mostFindings),
  )
}

function told(finding: Finding): string {
  return finding.allowed === 'YAML'
    ? `model.yaml is no YAML that can be taken: ${finding.found}`
    : findingSentence(finding, 'model.yaml')
}
