import { versionCost } from '../../lib/rules/cost.ts'
import { runsNothing } from '../../lib/rules/graph/graph-endpoint.ts'
import { graphFlow } from '../../lib/rules/graph/graph-flow.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { driftPlan } from '../../lib/rules/monitoring/drift-plan.ts'
import {
  parseStanding,
  type StandingDrift,
  standingDrift,
} from '../../lib/rules/monitoring/drift-standing.ts'
import { liveAlias } from '../../lib/rules/names.ts'
import { heldBy } from '../../lib/rules/rollout-control.ts'
import { newestFirst } from '../../lib/rules/version-range.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { MonitoringStore } from '../monitoring-ports.ts'
import type { Ports } from '../ports.ts'
import type { NodeStanding } from '../serving/graph/node-book.ts'

/** One line of `GET /models`: what a model serves as live, and whether that drifts. */
export async function modelSummary(
  { registry, monitoring }: Pick<Ports, 'registry' | 'monitoring'>,
  model: string,
) {
  const record = await registry.model(model)
  const versions = await registry.versions(model)
  const live = record?.aliases[liveAlias]
  const served = versions.find(({ version }) => version === live?.stable)
  const drift = served && (await driftOf(monitoring, served))
  const newest = versions.toSorted((a, b) => newestFirst(a.version, b.version))[0]
  return {
    model,
    live: live?.stable,
    canary: live?.canary && { version: live.canary.version, weightPercent: live.canary.weightPercent },
    versions: versions.length,
    newest: newest && { version: newest.version, state: newest.state },
    ...(drift && { drift }),
  }
}

/** `GET /models/{model}`: aliases, versions, those of them that drift, and the latest operations. */
export async function modelDetails(
  { registry, monitoring }: Pick<Ports, 'registry' | 'monitoring'>,
  model: string,
) {
  const record = await registry.model(model)
  const versions = (await registry.versions(model)).toSorted((a, b) => newestFirst(a.version, b.version))
  const operations = await registry.operations(model)
  const drifts = await Promise.all(versions.map((version) => driftOf(monitoring, version)))
  return {
    model,
    rev: record?.rev ?? 0,
    head: record?.head ?? '',
    aliases: record?.aliases ?? {},
    accepted: record?.accepted ?? [],
    versions: versions.map(
      ({ version, state, readyAt, retiredAt, deprecation, artifact, problem, graph, manifest }, i) => ({
        version,
        state,
        readyAt,
        retiredAt,
        deprecation,
        digest: artifact?.digest,
        sizeBytes: artifact?.sizeBytes,
        problem,
        drift: drifts[i],
        ...(graph !== undefined && { graph: true }),
        cost: costOf(manifest, artifact?.sizeBytes ?? 0),
      }),
    ),
    operations: operations.slice(0, 10).map((operation) => {
      const { id, kind, version, alias, state, startedAt, reason } = operation
      return { ...{ id, kind, version, alias, state, startedAt, reason }, waitsFor: heldBy(operation) }
    }),
  }
}

/** What a version costs on AWS. A graph costs nothing of its own. */
function costOf(manifest: VersionRecord['manifest'], sizeBytes: number) {
  if (manifest === undefined || runsNothing(manifest.runtime)) return undefined
  const { idleMonth, millionCalls } = versionCost(manifest.host, sizeBytes)
  return { idleMonthUsd: idleMonth?.usd, millionCallsUsd: millionCalls?.usd }
}

/** Whether a version drifts. What is none to be read is told where drift is looked for, and is no reason to show nothing. */
async function driftOf(
  monitoring: Pick<MonitoringStore, 'read'>,
  record: VersionRecord,
): Promise<StandingDrift | undefined> {
  const { model, version, state, manifest } = record
  if (state !== 'READY' || manifest === undefined) return undefined
  // Nothing is looked for where nothing is recorded.
  if ((manifest.capture?.samplePercent ?? 0) === 0) return undefined
  return monitoring
    .read(monitoringKeys.breaches(model, version))
    .then((text) => standingDrift(parseStanding(text), driftPlan(manifest.drift).everyMs))
    .catch(() => undefined)
}

/**
 * `GET /models/{model}/versions/{version}`: what is known of it, without where its bytes and its endpoint lie.
 * @param nodes how the nodes of a graph have done in this process
 */
export function versionDetails(record: VersionRecord, nodes?: Readonly<Record<string, NodeStanding>>) {
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
    graph: record.graph,
    // So that a picture needs no parser of expressions.
    flow: record.graph && graphFlow(record.graph.definition),
    nodes,
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
