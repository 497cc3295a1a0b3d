import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { VersionCaller } from '../../lib/rules/calls.ts'
import type { Deprecation, VersionState } from '../../lib/rules/model-version.ts'
import type { OperationState } from '../../lib/rules/operation.ts'
import type { Rights } from '../../lib/rules/rights.ts'
import type { AliasRecord } from '../../lib/rules/routing.ts'
import type { VersionTraffic } from '../../lib/rules/traffic.ts'

/** `GET /models/{model}`. */
export interface ModelDetails {
  readonly model: string
  readonly rev: number
  readonly aliases: Readonly<Record<string, AliasRecord>>
  readonly versions: readonly VersionLine[]
  readonly operations: readonly OperationLine[]
}

interface VersionLine {
  readonly version: string
  readonly state: VersionState
  readonly readyAt?: string
  readonly retiredAt?: string
  readonly sizeBytes?: number
  readonly deprecation?: Deprecation
  readonly problem?: { readonly code: string; readonly detail: string }
  /** What it costs on AWS, in US dollars: a month in which nobody calls it, and a million calls. */
  readonly cost?: { readonly idleMonthUsd?: number; readonly millionCallsUsd?: number }
  /** Whether it is made of other models. */
  readonly graph?: true
  readonly drift?: { readonly since: string; readonly columns: readonly string[] }
}

export interface OperationLine {
  readonly id: string
  readonly kind: string
  readonly version: string
  /** Which it moves; absent of what moves none. */
  readonly alias?: string
  readonly state: OperationState
  readonly startedAt: string
  readonly reason: string
  readonly waitsFor?: string
}

/** All that is known about the versions of a model, from several answers of the API. */
export interface Known {
  readonly details: ModelDetails
  /** The entries that tell of releases. */
  readonly released: readonly HistoryEntry[]
  readonly callers: readonly VersionCaller[]
  /** Undefined where the platform does not tell. */
  readonly traffic: readonly VersionTraffic[] | undefined
}

/** One version as the page of its model shows it. */
export interface VersionRow extends VersionLine {
  /** What leads to it besides its own path: `live`, `live, canary of 20 %`, `way back of live`. */
  readonly reachedBy: readonly string[]
  readonly by?: string
  readonly why?: string
  readonly at?: string
  /** The commit that it was made of, as its manifest says. */
  readonly git?: string
  readonly callers: number
  /** Absent where the platform does not tell: on AWS. */
  readonly callsPerSecond?: number
  /** The aliases that a promotion is moving, or waits to move. */
  readonly moving: readonly string[]
}

export function versionRows({ details, released, callers, traffic }: Known): VersionRow[] {
  const moving = underWay(details).flatMap(({ kind, alias }) =>
    kind === 'promotion' && alias !== undefined ? [alias] : [],
  )
  const releases = new Map(released.map((entry) => [entry.version, entry]))
  return details.versions.map((line) => {
    const { version } = line
    const release = releases.get(version)
    const at = release?.at ?? line.readyAt
    const git = gitOf(release)
    return {
      ...line,
      reachedBy: reachedBy(details.aliases, version),
      moving,
      callers: new Set(callers.filter((one) => one.version === version).map(({ caller }) => caller)).size,
      ...(traffic !== undefined && {
        callsPerSecond: traffic
          .filter((one) => one.version === version)
          .reduce((sum, one) => sum + one.callsPerSecond, 0),
      }),
      ...(release !== undefined && { by: release.actor, why: release.reason }),
      ...(at !== undefined && { at }),
      ...(git !== undefined && { git }),
    }
  })
}

function reachedBy(aliases: ModelDetails['aliases'], version: string): string[] {
  return Object.entries(aliases).flatMap(([name, { stable, canary, previous, shadow }]) => [
    ...(stable === version ? [name] : []),
    ...(canary?.version === version ? [`${name}, canary of ${canary.weightPercent} %`] : []),
    ...(shadow?.version === version ? [`shadow of ${name}`] : []),
    ...(previous === version ? [`way back of ${name}`] : []),
  ])
}

function gitOf(entry: HistoryEntry | undefined): string | undefined {
  const record = entry?.released as { manifest?: { source?: { git?: unknown } } } | undefined
  const git = record?.manifest?.source?.git
  return typeof git === 'string' ? git : undefined
}

/** What may be asked of a version. What is not here, the API would refuse, whoever asks. */
export type VersionAction = 'promote' | 'shadow' | 'deprecate' | 'undeprecate' | 'retire'

export function actionsFor(row: VersionRow, rights: Rights | undefined): VersionAction[] {
  if (rights === undefined || row.state !== 'READY') return []
  const isBaking = row.reachedBy.some((name) => name.includes('canary'))
  return [
    ...(promotableTo(row, rights.move).length > 0 && !isBaking ? (['promote'] as const) : []),
    ...(rights.shadows === true && rights.move.length > 0 && row.reachedBy.length === 0
      ? (['shadow'] as const)
      : []),
    ...(rights.retire
      ? [row.deprecation === undefined ? ('deprecate' as const) : ('undeprecate' as const)]
      : []),
    ...(rights.retire && row.reachedBy.length === 0 ? (['retire'] as const) : []),
  ]
}

/** The aliases, of those that may be moved, that do not serve a version yet and that nothing is moving now. */
export function promotableTo(
  row: Pick<VersionRow, 'reachedBy' | 'moving'>,
  aliases: readonly string[],
): string[] {
  return aliases.filter((name) => !row.reachedBy.includes(name) && !row.moving.includes(name))
}

/** The operations of a model that are not over: what its page shows first. */
export function underWay(details: ModelDetails): readonly OperationLine[] {
  return details.operations.filter(({ state }) => state === 'running' || state === 'waiting')
}
