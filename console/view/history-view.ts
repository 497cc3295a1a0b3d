import type { EntryKind, HistoryEntry } from '../../lib/rules/audit.ts'
import type { ServedThen, ServedVersion } from '../../lib/rules/history-served.ts'

/** Kinds of entries as people choose among them. */
export const kindChoices: readonly (readonly [words: string, kinds: readonly EntryKind[]])[] = [
  ['Everything', []],
  ['Traffic', ['canary-started', 'weight-moved', 'promoted', 'rolled-back']],
  ['Releases', ['released', 'deprecated', 'retired']],
  ['Decisions', ['approved', 'rejected', 'paused', 'resumed']],
]

/** So many entries are shown at once. */
export const historyPage = 100

/**
 * The query of the newest entries: a page before the head of the model's history.
 * @param rev of the model's head @param pages how many pages are shown
 */
export function historyQuery(
  rev: number,
  pages: number,
  kinds: readonly EntryKind[],
  version: string,
): string {
  const query = new URLSearchParams({ limit: '10000' })
  const after = Math.max(0, rev - pages * historyPage)
  if (after > 0) query.set('after', String(after))
  if (kinds.length > 0) query.set('kind', kinds.join(','))
  if (version !== '') query.set('version', version)
  return String(query)
}

/** What an entry tells, as a sentence without who and why. */
export function entrySentence({ kind, version, alias, from, weightPercent, repair }: HistoryEntry): string {
  switch (kind) {
    case 'released':
      return `${version} was released`
    case 'approved':
      return `${version} was approved for ${alias}`
    case 'rejected':
      return `${version} was rejected for ${alias}`
    case 'canary-started':
    case 'weight-moved':
      return `${version} got ${weightPercent} % of ${alias}`
    case 'paused':
      return `the rollout of ${version} was held`
    case 'resumed':
      return `the rollout of ${version} went on`
    case 'promoted':
      return `${alias} moved to ${version}${from === undefined ? '' : ` from ${from}`}`
    case 'rolled-back':
      return `${alias} was taken back${from === undefined ? '' : ` from ${from}`} to ${version}`
    case 'shadow-cast':
      return `${version} answers in the shadow of ${alias}`
    case 'shadow-lifted':
      return `${version} answers in the shadow of ${alias} no more`
    case 'deprecated':
      return `${version} was deprecated`
    case 'retired':
      return `${version} was retired`
    case 'repaired':
      return repair ?? `${version} was mended`
  }
}

/** A version that served at a moment, and how it came to. */
export interface ServedView {
  readonly alias: string
  readonly version: string
  readonly share: string
  readonly since: string
  readonly by: string
  readonly why: string
  readonly until?: string
  readonly git?: string
  readonly artifact?: string
}

/** What served at a moment, one line a version of an alias. */
export function servedViews({ served }: ServedThen): ServedView[] {
  return served.flatMap(({ alias, stable, canary, until }) => {
    const line = (of: ServedVersion, share: string): ServedView => {
      const { git } = (of.source ?? {}) as { git?: unknown }
      return {
        ...{ alias, version: of.version, share },
        ...{ since: of.since.at, by: of.since.actor, why: of.since.reason },
        ...(until !== undefined && { until: until.at }),
        ...(typeof git === 'string' && { git }),
        ...(of.artifact !== undefined && { artifact: of.artifact }),
      }
    }
    const rest = 100 - (canary?.weightPercent ?? 0)
    return [
      line(stable, canary === undefined ? 'everything' : `${rest} %`),
      ...(canary === undefined ? [] : [line(canary, `${canary.weightPercent} %, canary`)]),
    ]
  })
}
