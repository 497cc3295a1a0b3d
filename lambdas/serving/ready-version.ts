import { type CapturePlan, capturePlan } from '../../lib/rules/capture/capture-plan.ts'
import { deprecationHeaders } from '../../lib/rules/deprecation.ts'
import { type GraphPlan, planGraph } from '../../lib/rules/graph/graph-plan.ts'
import { longestPredictionSeconds } from '../../lib/rules/host-limits.ts'
import { type Manifest, mayBeOpaque } from '../../lib/rules/manifest.ts'
import type { Deprecation, Endpoint, VersionRecord } from '../../lib/rules/model-version.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { type RequestValidator, requestValidator } from '../../lib/rules/request-validation.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { refuseUnlessReady } from '../moves.ts'

/** A version as the hot path needs it: everything there, its validator compiled. */
export interface ReadyVersion {
  readonly model: string
  readonly version: string
  readonly digest: string
  readonly endpoint: Endpoint
  /** What requests are held to; absent where a container does not say what it takes, and gets them as they come. */
  readonly contract?: Contract
  /** Its server is not one of ours: what it says is not shown as it stands. */
  readonly foreign?: true
  readonly host: Manifest['host']['kind']
  readonly timeoutSeconds: number
  /** What of its calls is recorded; absent where nothing is. */
  readonly capture?: CapturePlan
  /** What is asked in its place, where it is a graph. */
  readonly graph?: GraphPlan
  /** What its callers are told with every answer; absent where they may stay. */
  readonly notice?: Notice
}

/** A signature, and what holds requests to it. */
export interface Contract {
  readonly signature: Signature
  readonly validate: RequestValidator
}

export function contractOf(signature: Signature): Contract {
  return { signature, validate: requestValidator(signature) }
}

/** How long a prediction may take, in milliseconds. */
export function predictionTimeoutMs({ timeoutSeconds }: Pick<ReadyVersion, 'timeoutSeconds'>): number {
  return Math.min(timeoutSeconds, longestPredictionSeconds) * 1000
}

/** Headers of every answer of a deprecated version, by where its link begins. */
export interface Notice {
  /** Asked for at the model's own path. */
  readonly model: Readonly<Record<string, string>>
  /** Asked for by an alias, a version or a range: two steps below it. */
  readonly below: Readonly<Record<string, string>>
}

const prepared = new WeakMap<VersionRecord, ReadyVersion>()

/**
 * Prepare a version for serving, once for each record that the registry hands out.
 * @throws Problem `version-unknown`, `version-not-ready`, `version-retired`
 */
export function readyVersion(model: string, version: string, found: VersionRecord | undefined): ReadyVersion {
  const known = found === undefined ? undefined : prepared.get(found)
  if (known !== undefined) return known
  const record = refuseUnlessReady(model, version, found)
  const { artifact, endpoint, signature, manifest } = record
  if (!artifact || !endpoint || !manifest || (!signature && !mayBeOpaque(manifest)))
    throw new Problem('platform-fault', `the record of ${model} ${version} is incomplete`)
  const capture = capturePlan(manifest.capture, signature)
  const ready: ReadyVersion = {
    model,
    version,
    digest: artifact.digest,
    endpoint,
    ...(signature !== undefined && { contract: contractOf(signature) }),
    ...(mayBeOpaque(manifest) && { foreign: true }),
    host: manifest.host.kind,
    timeoutSeconds: manifest.host.timeoutSeconds,
    ...(capture !== undefined && { capture }),
    ...(record.graph !== undefined && { graph: planGraph(record.graph) }),
    ...(record.deprecation !== undefined && { notice: noticeOf(model, version, record.deprecation) }),
  }
  prepared.set(record, ready)
  return ready
}

function noticeOf(model: string, version: string, deprecation: Deprecation): Notice {
  return {
    model: deprecationHeaders(deprecation, `/models/${model}/invocations`),
    below: deprecationHeaders(deprecation, `/models/${model}/versions/${version}/invocations`),
  }
}
