import { z } from 'zod'
import { newModel } from './alias-move.ts'
import { type Break, entryKinds, type HistoryEntry, linkFault } from './audit.ts'
import { releasePath, runtimes } from './manifest.ts'
import type { Deprecation, VersionRecord } from './model-version.ts'
import { parseVersion } from './names.ts'
import type { ModelRecord } from './routing.ts'
import type { FoundRecord } from './verification.ts'

/** A model as its records tell it, up to the last entry that can be believed. */
export interface RebuiltModel {
  readonly record: ModelRecord
  readonly entries: readonly HistoryEntry[]
  /** Every version that was released, READY or RETIRED, in the order of their releases. */
  readonly versions: readonly VersionRecord[]
  /** What ended the believing; undefined where every record was good. */
  readonly break?: Break
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

/** What a released version's record must hold so that it can be served. Its other facts are taken as they are. */
const releasedVersion = z
  .looseObject({
    model: z.string(),
    version: z.string(),
    state: z.literal('READY'),
    owner: z.string(),
    createdAt: z.string(),
    upload: z.string(),
    manifest: z.looseObject({ runtime: z.enum(runtimes), host: z.looseObject({}) }),
    artifact: z.looseObject({
      digest,
      files: z.array(
        z.looseObject({ path: releasePath, size: z.int(), sha256: z.hex().length(64), ref: z.string() }),
      ),
    }),
    image: z.looseObject({ digest, uri: z.string() }).optional(),
    graph: z
      .looseObject({ definition: z.looseObject({}), pins: z.record(z.string(), z.looseObject({})) })
      .optional(),
    endpoint: z.looseObject({ host: z.string(), name: z.string() }),
  })
  // Nothing runs for a graph, and everything else runs an image.
  .refine(({ image, graph }) => (image === undefined) !== (graph === undefined))

const alias = z.looseObject({ stable: z.string(), by: z.string() })

const entryShape = z.looseObject({
  model: z.string(),
  rev: z.int(),
  kind: z.enum(entryKinds),
  version: z.string().refine(isVersion),
  actor: z.string(),
  reason: z.string(),
  operation: z.string(),
  at: z.iso.datetime(),
  after: z.strictObject({ aliases: z.record(z.string(), alias), accepted: z.array(z.string()) }),
  before: z.string(),
  hash: z.string(),
})

/**
 * Make a model anew from the store's records of it: they hold all that its routing record and its versions are. What
 * was never recorded is not there: releases under way or failed, operations, and moves whose records were still to be
 * written. Records cut off at the end cannot be missed here; only a head kept elsewhere tells.
 * @param found what lies at the places of revisions 1, 2, … up to the highest
 */
export function rebuildModel(model: string, found: readonly FoundRecord[]): RebuiltModel {
  const entries: HistoryEntry[] = []
  const versions = new Map<string, VersionRecord>()
  let record = newModel(model)
  for (const [i, one] of found.entries()) {
    const read = believed(model, one, i + 1, record.head)
    const fault = 'fault' in read ? read.fault : take(read.entry, versions)
    if ('fault' in read || fault !== undefined)
      return { record, entries, versions: [...versions.values()], break: { rev: i + 1, fault: fault ?? '' } }
    const { entry } = read
    entries.push(entry)
    record = { model, rev: entry.rev, head: entry.hash, ...entry.after }
  }
  return { record, entries, versions: [...versions.values()] }
}

type Believed = { readonly entry: HistoryEntry } | { readonly fault: string }

/** Hold a record to its place in the chain. */
function believed(model: string, found: FoundRecord, rev: number, head: string): Believed {
  if (found === 'missing') return { fault: 'has no record, and later ones have' }
  if (found === 'unreadable') return { fault: 'has a record that is no JSON' }
  if (!entryShape.safeParse(found.json).success)
    return { fault: 'has a record that is no entry of a history' }
  const entry = found.json as HistoryEntry
  if (entry.model !== model) return { fault: `is an entry of another model, '${entry.model.slice(0, 40)}'` }
  const fault = linkFault(entry, rev, head)
  return fault === undefined ? { entry } : { fault }
}

/** Let an entry tell of its version. @returns what cannot be so */
function take(entry: HistoryEntry, versions: Map<string, VersionRecord>): string | undefined {
  const { kind, model, version, released, at } = entry
  if (kind === 'released') {
    const parsed = releasedVersion.safeParse(released)
    if (!parsed.success || parsed.data.model !== model || parsed.data.version !== version)
      return `tells of the release of ${version} without its whole record`
    versions.set(version, released as VersionRecord)
    return undefined
  }
  const known = versions.get(version)
  if (known === undefined) return `tells of ${version}, which no entry before it released`
  if (kind === 'deprecated') versions.set(version, withDeprecation(known, entry.deprecation))
  if (kind === 'retired') versions.set(version, { ...known, state: 'RETIRED', retiredAt: at })
  return undefined
}

function withDeprecation(
  { deprecation: _, ...known }: VersionRecord,
  deprecation: Deprecation | undefined,
): VersionRecord {
  return deprecation === undefined ? known : { ...known, deprecation }
}

function isVersion(text: string): boolean {
  try {
    return parseVersion(text) === text
  } catch {
    return false
  }
}
