import {
  type Compatibility,
  type ContractChange,
  type ContractDiff,
  contractDiff,
  forbiddenBy,
  stepBetween,
} from './contract-diff.ts'
import { pointerTo } from './json-pointer.ts'
import { type Manifest, mayBeOpaque } from './manifest.ts'
import { judgedMetrics } from './metric-gate.ts'
import type { VersionRecord } from './model-version.ts'
import type { ApprovalProgress, GatePassed } from './operation.ts'
import { counted, type Finding, Problem } from './problem.ts'
import type { Signature } from './signature.ts'

/** What a version promises its callers where its manifest does not say. */
export function compatibilityOf(manifest: Pick<Manifest, 'release'> | undefined): Compatibility {
  return manifest?.release?.compatibility ?? 'backward'
}

/** A version and what its callers see of it. */
export interface Signed {
  readonly version: string
  /** Absent where it says nothing of what it takes. */
  readonly signature?: Signature | undefined
}

/** What the compatibility gate finds between what an alias serves and what it is to serve. */
export interface ContractJudgement {
  readonly mode: Compatibility
  readonly diff: ContractDiff
  /** The changes that the promise forbids without a major step; none where the promotion may be. */
  readonly forbidden: readonly ContractChange[]
  readonly refused: boolean
}

/**
 * Hold a candidate to what it promises the callers of the version that it would replace, in either direction of the
 * version numbers: to those callers an older version is a change too.
 *
 * - `backward`: what breaks those who call the version before needs a major step;
 * - `full`: so does what would break those who call the version after, were they led back;
 * - `none`: nothing is held against it.
 */
export function judgeContract(mode: Compatibility, before: Signed, after: Signed): ContractJudgement {
  const diff = contractDiff(before.signature, after.signature)
  const forbidden = stepBetween(before.version, after.version) === 'major' ? [] : forbiddenBy(mode, diff)
  return { mode, diff, forbidden, refused: forbidden.length > 0 }
}

/** What a change does to callers, under a promise. */
export function effectOf(change: ContractChange, mode: Compatibility): 'breaks' | 'no way back' | 'fits' {
  if (change.breaksBackward) return 'breaks'
  return mode === 'full' && change.breaksForward ? 'no way back' : 'fits'
}

/**
 * Hold a version to its gates before it gets an alias's traffic. A rollback never comes here.
 * @param served what the alias serves now; undefined where it serves nothing yet
 * @returns the gates passed, each with what was found
 * @throws Problem `contract-broken` with every change that is forbidden, else `metrics-worse` with every metric
 */
export function gatesPassed(candidate: VersionRecord, served: VersionRecord | undefined): GatePassed[] {
  const passed = [goldenGate(candidate), compatibilityGate(candidate, served), metricGate(candidate, served)]
  return passed.filter((gate) => gate !== undefined)
}

/** The approval as a gate that was passed; undefined while nobody has agreed, or nobody is asked. */
export function approvalGate(approval: ApprovalProgress | undefined): GatePassed | undefined {
  const decided = approval?.decision
  if (decided?.decision !== 'approve') return undefined
  return { gate: 'approval', found: `approved by ${decided.by}: ${decided.reason}` }
}

function goldenGate({ proof }: VersionRecord): GatePassed | undefined {
  if (proof === undefined) return undefined
  const { expected, answered } = proof
  const found = [
    ...(expected > 0 ? [`${counted(expected, 'example')} answered as expected`] : []),
    ...(answered > 0
      ? [`${counted(answered, 'example')} answered, with nothing expected of the answer`]
      : []),
  ]
  return { gate: 'golden', found: found.join(', ') || 'it has no examples to answer' }
}

function compatibilityGate(candidate: VersionRecord, served: VersionRecord | undefined): GatePassed {
  const mode = compatibilityOf(candidate.manifest)
  const gate = 'compatibility'
  if (served === undefined) return { gate, found: `${mode}: the first version here, it breaks nobody` }
  if (mode === 'none') return { gate, found: 'none: not looked at, as its manifest says' }
  const [before, after] = [signed(served), signed(candidate)]
  const { diff, forbidden, refused } = judgeContract(mode, before, after)
  const { model } = candidate
  if (refused) throw contractBroken(model, before.version, after.version, mode, forbidden)
  const from = `${before.version} to ${after.version}`
  if (diff.unknown)
    return {
      gate,
      found: `${mode}: neither ${before.version} nor ${after.version} says what it takes: not known`,
    }
  if (diff.changes.length === 0) return { gate, found: `${mode}: ${from} changes nothing for callers` }
  const breaking = forbiddenBy(mode, diff).length
  const what = `${mode}: ${from} has ${counted(diff.changes.length, 'change')}`
  return {
    gate,
    found:
      breaking === 0
        ? `${what}, and no caller breaks`
        : `${what}, ${breaking} of them breaking, as the major step says`,
  }
}

function contractBroken(
  model: string,
  before: string,
  after: string,
  mode: Compatibility,
  forbidden: readonly ContractChange[],
): Problem {
  const broken = forbidden.some(({ breaksBackward }) => breaksBackward)
  const whom = broken ? `breaks callers of ${before}` : `leaves callers no way back to ${before}`
  return new Problem(
    'contract-broken',
    `${model} ${after} ${whom} by ${counted(forbidden.length, 'change')}, and promises compatibility '${mode}': ` +
      'give it a new major version, or take the changes back',
    forbidden.slice(0, mostChanges).map((change) => findingOf(change, mode)),
  )
}

/** A refusal stands in the operation's record: it tells at most this many changes, each in so many characters. */
const mostChanges = 100
const longestField = 200

function shortened(text: string): string {
  return (text.length > longestField ? `${text.slice(0, longestField - 3)}...` : text).toWellFormed()
}

function findingOf(change: ContractChange, mode: Compatibility): Finding {
  const { side, field, before, after, reason } = change
  return {
    pointer: shortened(`/signature/${side}${field === '' ? '' : pointerTo([field])}`),
    found: shortened(after ?? 'nothing'),
    allowed: shortened(before ?? 'nothing'),
    change: { callers: effectOf(change, mode), what: `${side.slice(0, -1)} ${change.change}`, why: reason },
  }
}

function signed({ model, version, signature, manifest }: VersionRecord): Signed {
  if (signature === undefined && !(manifest !== undefined && mayBeOpaque(manifest)))
    throw new Problem('signature-unknown', `${model} ${version} has no signature that callers could rely on`)
  return { version, signature }
}

function metricGate(candidate: VersionRecord, served: VersionRecord | undefined): GatePassed | undefined {
  const held = candidate.manifest?.release?.metrics
  if (held === undefined || Object.keys(held).length === 0) return undefined
  const judged = judgedMetrics(held, candidate.manifest?.source?.metrics, {
    version: served?.version,
    metrics: served?.manifest?.source?.metrics,
  })
  const worse = judged.flatMap(({ finding }) => (finding === undefined ? [] : [finding]))
  if (worse.length > 0)
    throw new Problem(
      'metrics-worse',
      `${candidate.model} ${candidate.version} is not as good as its manifest asks for: ` +
        `${worse.map(({ found, allowed }) => `found ${found}, allowed ${allowed}`).join('; ')}`,
      worse,
    )
  return { gate: 'metrics', found: judged.map(({ told }) => told).join(', ') }
}
