import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { liveAlias } from '../../lib/rules/names.ts'
import { newestFirst } from '../../lib/rules/version-range.ts'
import type { Registry } from '../ports.ts'

/** One line of `GET /models`. */
export async function modelSummary(registry: Registry, model: string) {
  const record = await registry.model(model)
  const versions = await registry.versions(model)
  const live = record?.aliases[liveAlias]
  const newest = versions.toSorted((a, b) => newestFirst(a.version, b.version))[0]
  return {
    model,
    live: live?.stable,
    canary: live?.canary && { version: live.canary.version, weightPercent: live.canary.weightPercent },
    versions: versions.length,
    newest: newest && { version: newest.version, state: newest.state },
  }
}

/** `GET /models/{model}`: aliases, versions and the latest operations. */
export async function modelDetails(registry: Registry, model: string) {
  const record = await registry.model(model)
  const versions = (await registry.versions(model)).toSorted((a, b) => newestFirst(a.version, b.version))
  const operations = await registry.operations(model)
  return {
    model,
    rev: record?.rev ?? 0,
    head: record?.head ?? '',
    aliases: record?.aliases ?? {},
    accepted: record?.accepted ?? [],
    versions: versions.map(({ version, state, readyAt, retiredAt, deprecation, artifact, problem }) => ({
      version,
      state,
      readyAt,
      retiredAt,
      deprecation,
      digest: artifact?.digest,
      sizeBytes: artifact?.sizeBytes,
      problem,
    })),
    operations: operations.slice(0, 10).map(({ id, kind, version, state, startedAt, reason }) => ({
      id,
      kind,
      version,
      state,
      startedAt,
      reason,
    })),
  }
}

/** `GET /models/{model}/versions/{version}`: what is known of it, without where its bytes and its endpoint lie. */
export function versionDetails(record: VersionRecord) {
  const { model, version, state, createdAt, readyAt, retiredAt, deprecation } = record
  const { layout, entry, manifest, signature, proof, problem } = record
  const files = record.artifact?.files.map(({ path, size, sha256 }) => ({ path, size, sha256 }))
  return {
    model,
    version,
    state,
    createdAt,
    readyAt,
    retiredAt,
    deprecation,
    digest: record.artifact?.digest,
    sizeBytes: record.artifact?.sizeBytes,
    image: record.image?.digest,
    lock: record.image?.lock,
    host: record.endpoint?.host,
    layout,
    entry,
    signature,
    manifest,
    proof,
    files,
    problem,
    operation: record.owner,
  }
}
