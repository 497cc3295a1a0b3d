import type { Breach } from '../drift/breaches.ts'
import type { DriftStatistic } from '../drift/drift-report.ts'
import { counted } from '../problem.ts'
import type { BaselineKind } from './baseline-document.ts'
import type { Delivery } from './delivery.ts'

export type NoticeKind = 'detected' | 'ended'

/** A column of a breach as the world is told of it. */
export interface NoticedColumn {
  readonly name: string
  readonly side: 'input' | 'output'
  /** When the first of the windows began that it was found in: RFC 3339, UTC. */
  readonly since: string
  readonly sentence: string
  readonly statistic?: DriftStatistic
  readonly value?: number
  readonly threshold?: number
}

/** That columns of a version drifted, or have come to rest: each breach is in one of either kind. */
export interface Notice {
  /** `drift:churn@1.4.0:2026-03-01T10-00-00Z`; of an end with `:ended` behind it. The same however often it is told. */
  readonly id: string
  readonly kind: NoticeKind
  readonly model: string
  readonly version: string
  /** The window that decided. RFC 3339, UTC. */
  readonly window: { readonly start: string; readonly end: string; readonly rows: number }
  readonly baseline: BaselineKind
  readonly sentence: string
  /** The one that moved the most first. */
  readonly columns: readonly NoticedColumn[]
  /** When the event was published: RFC 3339, UTC. */
  readonly toldAt?: string
  /** What came of returning the aliases, a sentence an alias; absent where it is still to be done or was not asked for. */
  readonly rollback?: readonly string[]
  readonly webhook?: Delivery
  readonly retrain?: Delivery
}

export interface Noticed extends Pick<Notice, 'model' | 'version' | 'baseline'> {
  readonly startMs: number
  readonly endMs: number
  readonly rows: number
}

/** @param name of the window's start, as `momentName` writes it */
export function noticeId({ model, version }: Noticed, kind: NoticeKind, name: string): string {
  return `drift:${model}@${version}:${name}${kind === 'ended' ? ':ended' : ''}`
}

/** Where a notice is kept, by its id. @returns undefined where the text is the id of none */
export function noticePlace(
  id: string,
): { readonly model: string; readonly version: string; readonly name: string } | undefined {
  const [, model, version, moment, ended] =
    /^drift:([a-z0-9-]{1,64})@([0-9A-Za-z.-]{1,64}):(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)(:ended)?$/.exec(id) ??
    []
  if (model === undefined || version === undefined || moment === undefined) return undefined
  return { model, version, name: `${moment}-${ended === undefined ? 'detected' : 'ended'}` }
}

export function noticeOf(of: Noticed, kind: NoticeKind, name: string, breaches: readonly Breach[]): Notice {
  const { model, version, startMs, endMs, rows, baseline } = of
  const sorted = breaches.toSorted((one, other) => other.drift.strength - one.drift.strength)
  return {
    id: noticeId(of, kind, name),
    kind,
    model,
    version,
    window: { start: timeOf(startMs), end: timeOf(endMs), rows },
    baseline,
    sentence: sentenceOf(kind, `${model} ${version}`, sorted, baseline),
    columns: sorted.map(
      ({ name: column, side, since, drift: { sentence, statistic, value, threshold } }) => ({
        // A breach knows the end of the first window; what drifted in it did so from its start on.
        ...{ name: column, side, since: timeOf(since - (endMs - startMs)), sentence },
        ...(statistic !== undefined && { statistic }),
        ...(value !== undefined && { value }),
        ...(threshold !== undefined && { threshold }),
      }),
    ),
  }
}

/** The most columns that a sentence speaks of. */
const mostTold = 3

function sentenceOf(
  kind: NoticeKind,
  of: string,
  breaches: readonly Breach[],
  baseline: BaselineKind,
): string {
  if (kind === 'ended') {
    const names = breaches.map(({ name }) => `\`${name}\``)
    const more = names.length > mostTold ? ` and ${names.length - mostTold} more` : ''
    return `${of} drifts no more in ${names.slice(0, mostTold).join(', ')}${more}`
  }
  const told = breaches.slice(0, mostTold).map(({ drift }) => drift.sentence)
  const more = breaches.length > mostTold ? `; and ${counted(breaches.length - mostTold, 'more column')}` : ''
  const learned =
    baseline === 'training' ? '' : '; compared with its own first records, since it had no baseline'
  return `${of} drifted: ${told.join('; ')}${more}${learned}`
}

export function timeOf(atMs: number): string {
  return new Date(atMs).toISOString()
}
