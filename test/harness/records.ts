import type { Move } from '../../lambdas/ports.ts'
import { newModel } from '../../lib/rules/alias-move.ts'
import { chained, type Happening } from '../../lib/rules/audit.ts'
import { fillManifest, parseManifest, writtenKeys } from '../../lib/rules/manifest-text.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { defaultLimits } from '../../lib/rules/rollout.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Signature } from '../../lib/rules/signature.ts'

/** When everything in these records happened. */
const then = '2026-03-01T10:00:00.000Z'

/** A version that was just claimed, with the facts given. */
export function versionRecord(
  model: string,
  version: string,
  facts: Partial<VersionRecord> = {},
): VersionRecord {
  return {
    model,
    version,
    state: 'CREATING',
    owner: `release-${version}`,
    createdAt: then,
    upload: `upload-of-${version}`,
    ...facts,
  }
}

/** A version as its release leaves it; without a signature one of a container. @param manifest what stands in its model.yaml */
export function readyRecord(
  model: string,
  version: string,
  signature: Signature | undefined,
  manifest = '',
): VersionRecord {
  const written = fillManifest(
    parseManifest(manifest),
    { model, version, runtime: signature === undefined ? 'container' : 'onnx' },
    writtenKeys(manifest),
  )
  return versionRecord(model, version, {
    state: 'READY',
    readyAt: then,
    manifest: written.manifest,
    ...(signature !== undefined && { signature }),
    artifact: {
      digest: `sha256:artifact-of-${version}`,
      sizeBytes: 942,
      files: [{ path: 'model.onnx', size: 942, sha256: 'ab'.repeat(32), ref: `/secret/place/of-${version}` }],
    },
    image: { digest: `sha256:image-of-${version}`, uri: `/secret/image/of-${version}` },
    endpoint: { host: 'process', name: `${model}-${version}` },
  })
}

/** An operation that has just begun. */
export function operationRecord(id: string, facts: Partial<Operation> = {}): Operation {
  return {
    id,
    kind: 'promotion',
    model: 'churn',
    version: '1.0.0',
    alias: 'live',
    actor: 'ada',
    reason: 'a test',
    state: 'running',
    startedAt: then,
    deadline: Date.parse(then) + 60_000,
    progress: [],
    rollout: {
      plan: { kind: 'all-at-once' },
      limits: defaultLimits,
      step: -1,
      bakeEndsAt: Date.parse(then),
      looks: 0,
    },
    executions: 0,
    ...facts,
  }
}

/** A move as `lambdas/moves` makes it, from the record seen. */
export function moveOf(
  seen: ModelRecord | undefined,
  model: string,
  after: Partial<Pick<ModelRecord, 'aliases' | 'accepted'>>,
  happening: Partial<Happening> = {},
  at = then,
): Move {
  const record = seen ?? newModel(model)
  const moved = { aliases: record.aliases, accepted: record.accepted, ...after }
  const told: Happening = {
    kind: 'promoted',
    version: '1.0.0',
    actor: 'ada',
    reason: 'a test',
    operation: 'promotion-1',
    ...happening,
  }
  const entry = chained(record, moved, told, at)
  return { next: { model, rev: entry.rev, head: entry.hash, ...moved }, entry }
}

/** The version that a release has claimed, with what is known of it so far. */
export function claimedBy(
  { id, model, version, startedAt }: Operation,
  facts: Partial<VersionRecord> = {},
): VersionRecord {
  return versionRecord(model, version, { owner: id, createdAt: startedAt, upload: '', ...facts })
}
