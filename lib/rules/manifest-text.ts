import { type Document, parseDocument } from 'yaml'
import {
  type Manifest,
  manifestJsonSchema,
  manifestSchema,
  type Runtime,
  type WrittenManifest,
} from './manifest.ts'
import { type Finding, Problem, shown } from './problem.ts'
import { findingSentence, schemaFindings } from './schema-findings.ts'
import { plainYaml, readYaml } from './yaml-text.ts'

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
  const yaml = readYaml(text)
  if (yaml.faults.length > 0)
    throw invalid(yaml.faults.map((fault) => ({ pointer: '', allowed: 'YAML', ...fault })))
  const read = manifestSchema.safeParse(plain(yaml.document) ?? {}, { reportInput: true })
  if (read.success) return read.data
  const findings = schemaFindings(read.error.issues, allowedKeys())
  const placed = findings.slice(0, mostFindings).map((one) => ({ ...one, ...yaml.place(one.pointer) }))
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

function plain(document: Document): unknown {
  const read = plainYaml(document)
  if (read === undefined)
    throw invalid([{ pointer: '', found: 'aliases that unfold without end', allowed: 'at most 100 of them' }])
  return read.value
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
