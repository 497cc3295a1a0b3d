import type { ApiKeyRecord } from '../lib/rules/api-key.ts'
import type { ApprovalPolicy } from '../lib/rules/approval.ts'
import type { Architecture } from '../lib/rules/architecture.ts'
import type { FrozenFile, ListedFile } from '../lib/rules/artifact.ts'
import type { HistoryEntry } from '../lib/rules/audit.ts'
import type { VersionCall, VersionCaller } from '../lib/rules/calls.ts'
import type { ContainerFields } from '../lib/rules/container/container-schema.ts'
import type { LayoutName } from '../lib/rules/detection/layout.ts'
import type { Manifest, Runtime } from '../lib/rules/manifest.ts'
import type { Endpoint, Image, VersionRecord, VersionState } from '../lib/rules/model-version.ts'
import type { Operation } from '../lib/rules/operation.ts'
import type { PlatformEvent } from '../lib/rules/platform-event.ts'
import type { QuotaClaim, QuotaStanding } from '../lib/rules/quota.ts'
import type { ModelRecord, Variant } from '../lib/rules/routing.ts'
import type { Signature } from '../lib/rules/signature.ts'
import type { AnsweredCall, ModelTraffic } from '../lib/rules/traffic.ts'
import type { StepCounts } from '../lib/rules/verdict.ts'
import type { Shadows } from './comparison/shadows.ts'
import type { CaptureStore, MonitoringStore, Webhooks } from './monitoring-ports.ts'
import type { NodeBook } from './serving/graph/node-book.ts'

/**
 * What a world gives to the steps, the router and the control API. There are two worlds, `lambdas/aws` and `local`,
 * and one suite of cases a port, `test/ports`, that both pass. Every method may be called twice with the same
 * arguments, since a step may be, and the second call changes nothing more.
 */
export interface Ports {
  readonly store: ArtifactStore
  readonly registry: Registry
  readonly images: ImageFactory
  readonly host: EndpointHost
  readonly metrics: Metrics
  readonly callers: CallBook
  /** How the nodes of graphs do. @default nobody keeps that */
  readonly nodes?: NodeBook
  readonly captures: CaptureStore
  readonly monitoring: MonitoringStore
  readonly webhooks: Webhooks
  /** A function that neither answers calls nor tells what was found has none. */
  readonly shadows?: Shadows
  /** What was answered lately, for people to look at. A world that keeps its metrics in another place has none. */
  readonly traffic?: TrafficBook
  readonly workflows: Workflows
  readonly events: Events
  readonly clock: Clock
  readonly random: Random
  readonly settings: Settings
  /** What an account allows; a world without an account has none. */
  readonly quotas?: Quotas
}

/** What differs between platforms and is no matter of taste. */
export interface Settings {
  /** The platform's name: the first part of every resource name. */
  readonly platform: string
  /** The shortest time between two looks at a canary, in milliseconds. */
  readonly lookIntervalMs: number
  /** The shortest time between two looks at something being made (an upload, an image, an endpoint). */
  readonly pollIntervalMs: number
  /** Who must agree before an alias moves, by alias: a manifest may ask for more, never for less. */
  readonly approvals: ApprovalPolicy
  /** Whether there is a page that opens without credentials, as links to approve by need. */
  readonly approvalLinks: boolean
  /** Whether a manifest may ask for a pickle to be loaded whatever it does: `unsafePickle`. */
  readonly allowUnsafePickle: boolean
  /** Whether calls are recorded where a manifest asks for it: `capture`. */
  readonly recordsCalls: boolean
}

/** Where uploads arrive and records are kept. */
export interface ArtifactStore {
  /** The files of an upload that are there now. */
  listing(upload: Upload): Promise<readonly ListedFile[]>
  /** A listed file's bytes. Small files only: the manifest. */
  peek(upload: Upload, file: ListedFile): Promise<Uint8Array>
  /** Take hold of exactly the bytes that were listed, so that later uploads do not change them. */
  freeze(upload: Upload, listing: readonly ListedFile[]): Promise<readonly FrozenFile[]>
  /** The bytes of a frozen file. @param first only so many of them, where it has more. @default all */
  read(file: FrozenFile, first?: number): Promise<Uint8Array>
  /** A part of a frozen file as it comes. @param first its first byte @param end behind its last byte; there is one at least */
  open(file: FrozenFile, first: number, end: number): AsyncIterable<Uint8Array>
  /**
   * Freeze files whose bytes come out of a frozen one, in the same order; kept once for whoever has the same.
   * @throws Error where bytes are not those that were promised, and then nothing is kept of them
   */
  keep(files: AsyncIterable<Promised>): Promise<readonly FrozenFile[]>
  /** Every key under models/, so that lost events are found. */
  keys(): Promise<readonly string[]>
  /** Write `records/{model}/{rev}.json` unless it is there. */
  writeRecord(entry: HistoryEntry): Promise<void>
  /** A record; undefined where it was not written yet. @throws SyntaxError where it is no JSON any more */
  record(model: string, rev: number): Promise<HistoryEntry | undefined>
  /** The highest rev of a model that was recorded; 0 where none was. */
  recordedRev(model: string): Promise<number>
  /** Every model that has records, whether the registry knows it or not. */
  recordedModels(): Promise<readonly string[]>
}

/** A file that is to be frozen: what it must be, and its bytes as they come. */
export interface Promised {
  readonly file: Omit<FrozenFile, 'ref'>
  readonly bytes: AsyncIterable<Uint8Array>
}

/** An upload: the release that a key belongs to. */
export interface Upload {
  readonly model: string
  readonly version: string
  /** The key of the one object that is the whole release; undefined for a folder. */
  readonly object?: string
}

/** One conditional transaction: an alias moves, a version is released or retired. */
export interface Move {
  /** The record after the move: `rev` one more than the one seen, `head` the hash of the entry. */
  readonly next: ModelRecord
  readonly entry: HistoryEntry
  /** This version must be READY. */
  readonly ready?: string
  /** This version changes its state with the move. */
  readonly change?: VersionChange
}

export interface VersionChange {
  readonly version: string
  /** What it must be now, or nothing is changed. */
  readonly seen: { readonly state: VersionState; readonly owner?: string }
  readonly facts: Partial<Omit<VersionRecord, 'model' | 'version'>>
}

/** The one truth about models, versions and operations. Reads are consistent. */
export interface Registry {
  model(model: string): Promise<ModelRecord | undefined>
  version(model: string, version: string): Promise<VersionRecord | undefined>
  versions(model: string): Promise<readonly VersionRecord[]>
  /** Every model that has a version, released or not. */
  modelNames(): Promise<readonly string[]>
  /** The entries of a model's history after `afterRev`, oldest first. */
  history(model: string, afterRev?: number): Promise<readonly HistoryEntry[]>
  operation(id: string): Promise<Operation | undefined>
  /** Newest first. */
  operations(model: string): Promise<readonly Operation[]>
  /** Operations that are not over, oldest first: they run, or wait for a person. */
  unfinished(): Promise<readonly Operation[]>

  /**
   * Claim a version for a release: written unless there is one, or the one there is FAILED and of another owner.
   * @returns the record that stands afterwards; the claim is won where its owner is the claimant
   */
  claim(version: VersionRecord): Promise<VersionRecord>
  /** Add facts to a version, if it is what was seen. @returns whether it was */
  changeVersion(model: string, change: VersionChange): Promise<boolean>
  /** @returns false, with nothing changed, where the model's rev is not `next.rev - 1` or a version is not as required */
  commit(move: Move): Promise<boolean>
  /** @returns false where an operation of this id exists */
  open(operation: Operation): Promise<boolean>
  /** Replace an operation's record, if it is still as `seen`. */
  replaceOperation(seen: Operation, next: Operation): Promise<boolean>
}

/** The keys that people and programs call with, each by its id. Reads are consistent. */
export interface ApiKeys {
  find(id: string): Promise<ApiKeyRecord | undefined>
  /** Every key there ever was, oldest first. */
  list(): Promise<readonly ApiKeyRecord[]>
  /** @returns false, with nothing changed, where a key of this id exists */
  create(key: ApiKeyRecord): Promise<boolean>
  /** Mark a key as revoked; the first one to do so stays named. @returns the key as it stands, undefined where there is none */
  revoke(id: string, revocation: Revocation): Promise<ApiKeyRecord | undefined>
}

export type Revocation = Required<Pick<ApiKeyRecord, 'revokedAt' | 'revokedBy'>>

/** Makes images: a runtime and an artifact, together and immutable. */
export interface ImageFactory {
  /** Pack a frozen artifact; answers at once, and with what is being made while that takes its time. */
  pack(version: PackInput): Promise<Image | Building>
  /**
   * Remove an image, or find it gone; what it was made of stays. Whoever asks has seen that no version needs it: on a
   * laptop versions of the same bytes share one.
   */
  remove(image: Image): Promise<void>
}

/** Something that an image needs is being made: ask again. */
export interface Building {
  /** What is being done, in a few words that follow on nothing: `installing 12 packages`. */
  readonly building: string
}

export interface PackInput {
  readonly model: string
  readonly version: string
  readonly runtime: Runtime
  readonly architecture: Architecture
  readonly digest: string
  readonly files: readonly FrozenFile[]
  /** Absent where a container does not say what it takes. */
  readonly signature?: Signature
  /** The image that the manifest names, and how its server is started and asked. */
  readonly image?: string
  readonly container?: ContainerFields
  /** The file that is the model; runtimes that find it themselves need none. */
  readonly entry?: string
  /** What it was recognised as. */
  readonly layout?: LayoutName
  /** Whether its pickle is loaded whatever it does. */
  readonly unsafePickle?: true
  /** What the version asks for besides its files, in the form of its runtime; nothing where it is absent. */
  readonly requirements?: string
}

/** Runs endpoints: one for each version, named by `resourceName`. */
export interface EndpointHost {
  /** Where `create` puts a version; nothing is made. Written down first, it finds again whatever was made half. */
  endpointOf(version: Pick<EndpointSpec, 'model' | 'version' | 'manifest'>): Endpoint
  /** Start an endpoint, or find it started. */
  create(spec: EndpointSpec): Promise<Endpoint>
  /** What is really there. */
  describe(endpoint: Endpoint): Promise<EndpointTruth>
  /** Whether a request would be answered in good time, as far as is known here. Costs nothing; asked before its body is read. */
  hasRoom(endpoint: Endpoint): boolean
  /**
   * Send a request. @throws Problem `endpoint-unavailable`, `model-timeout`, `model-busy`, `body-too-large`;
   * `version-waking` where it was parked, and this call has begun to wake it
   */
  invoke(endpoint: Endpoint, request: EndpointRequest): Promise<EndpointAnswer>
  /** Let an endpoint answer where it keeps nobody else waiting, if it shares a process with others. @default - none does */
  setAside?(endpoint: Endpoint): void
  /** Stop what an endpoint costs while nobody calls it, and keep what it takes to start it again. */
  park(endpoint: Endpoint): Promise<void>
  /** Begin to start a parked or sleeping endpoint; whether it answers is told by `describe`. */
  wake(endpoint: Endpoint): Promise<void>
  /**
   * Stop and forget an endpoint, or find it gone. What has its name and is not ours stays.
   * @throws Problem `endpoint-changing` where it cannot be removed yet: ask again
   */
  remove(endpoint: Endpoint): Promise<void>
  /** Everything that this platform made and that is there, in whatever state, also what was left half. */
  made(): AsyncIterable<MadeEndpoint>
  /**
   * What a version's server wrote, oldest first; only lines after the one at `after`, where that is given.
   * @throws Problem `log-elsewhere` where a world keeps its logs in another place
   */
  log(endpoint: Endpoint, after?: string): Promise<readonly LogLine[]>
}

/** Something that was made for a version, as the host itself tells it: no record was asked. */
export interface MadeEndpoint {
  readonly endpoint: Endpoint
  readonly model: string
  readonly version: string
  /** Milliseconds since the epoch; absent where the host does not know. */
  readonly createdAt?: number
}

/** A line of a version's log. */
export interface LogLine {
  /** RFC 3339, UTC, to the microsecond: no two lines of a log have the same. */
  readonly at: string
  readonly text: string
}

export interface EndpointSpec {
  readonly model: string
  readonly version: string
  readonly image: Image
  readonly manifest: Manifest
}

export interface EndpointTruth {
  readonly state: 'creating' | 'active' | 'parked' | 'failed' | 'absent'
  /** The digest of the image that really runs. */
  readonly digest?: string
  /** Why it failed, for people. */
  readonly reason?: string
}

export interface EndpointRequest {
  readonly body: string | Uint8Array
  readonly contentType: string
  /** The types that the caller would like the answer in, as it said so. @default the type that it sends */
  readonly accept?: string
  readonly timeoutMs: number
  /** How many records it holds; 1 where nobody says. */
  readonly records?: number
  /** Nobody waits for the answer once this is aborted: what has not begun then need not begin. */
  readonly signal?: AbortSignal
  /** The trace that it belongs to, as W3C's Trace Context writes it: handed on where the host is Lambda. */
  readonly traceparent?: string
}

export interface EndpointAnswer {
  readonly status: number
  readonly body: Uint8Array
  readonly contentType: string
}

/** What was answered lately. No verdict is drawn from it. */
export interface TrafficBook {
  /** Count a call that has a version; never throws, never waits. */
  note(call: AnsweredCall): void
  /** Of every model that was called in the last ten minutes, the busiest first. */
  recent(): readonly ModelTraffic[]
}

/** Knows what the account allows, and what of it is taken. */
export interface Quotas {
  /** How much there is of what is claimed, and how much others have than the version itself. */
  standing(
    claim: QuotaClaim,
    version: { readonly model: string; readonly version: string },
  ): Promise<QuotaStanding>
}

/** Counts outcomes while a rollout lasts; verdicts are drawn from these counts. */
export interface Metrics {
  /** Count one outcome. Resolves at once where the process lives on, and before the answer where it may be frozen. */
  count(outcome: Outcome): Promise<void>
  /** What was counted in each step of a rollout, weights filled in by the caller; undefined if unreadable. */
  counts(rollout: string): Promise<ReadonlyMap<number, Pick<StepCounts, 'canary' | 'stable'>> | undefined>
}

export interface Outcome {
  readonly model: string
  readonly version: string
  readonly rollout: string
  readonly step: number
  readonly variant: Variant
  /** The hash of the caller's affinity key; absent where it sent none. */
  readonly caller?: string
  readonly failed: boolean
  readonly latencyMs: number
}

/** Knows who calls which version, and when last. */
export interface CallBook {
  /**
   * Note a call. Never delays or fails it: what takes time goes on by itself, and what fails is tried again with the
   * caller's next call. At most one write for each version, caller and way an hour and process.
   */
  note(call: VersionCall): void
  /** Who called a model within the last 45 days, last first. */
  of(model: string): Promise<readonly VersionCaller[]>
}

/** Runs the state machines. */
export interface Workflows {
  /** Start the machine of an operation's kind under its execution name; nothing happens where that one was started. */
  start(operation: Operation): Promise<void>
  /** Whether the execution of its present name is under way; one that never was is not. */
  isRunning(operation: Operation): Promise<boolean>
}

/** Tells the world what happened: at least once, best effort. */
export interface Events {
  publish(event: PlatformEvent): Promise<void>
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

export interface Random {
  /** In [0, 1). */
  draw(): number
}
