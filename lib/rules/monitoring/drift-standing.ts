import { noBreaches, type OpenBreaches } from '../drift/breaches.ts'
import { Problem } from '../problem.ts'
import { timeOf } from './notice.ts'

/** How far a version was looked at, and what is open. */
export interface DriftStanding {
  /** Windows before this are done with: milliseconds since the epoch; undefined before the first. */
  readonly lookedUntilMs?: number
  readonly open: OpenBreaches
  /** The names of notices that are still to be told, or retried. */
  readonly undone: readonly string[]
}

export const nothingLooked: DriftStanding = { open: noBreaches, undone: [] }

const format = 'sluice-breaches'
const version = 1

export function standingText(standing: DriftStanding): string {
  return `${JSON.stringify({ format, version, ...standing })}\n`
}

/** @param text undefined where nothing was looked at yet @throws Problem `sketch-unreadable` */
export function parseStanding(text: string | undefined): DriftStanding {
  if (text === undefined) return nothingLooked
  let document: { readonly format?: unknown; readonly version?: unknown } & Partial<DriftStanding>
  try {
    document = JSON.parse(text)
  } catch {
    throw new Problem('sketch-unreadable', 'the open breaches cannot be read: they are no JSON')
  }
  if (document?.format !== format || document.version !== version)
    throw new Problem(
      'sketch-unreadable',
      `the open breaches cannot be read: this Sluice reads version ${version} of '${format}'`,
    )
  const { lookedUntilMs, open = noBreaches, undone = [] } = document
  return { ...(lookedUntilMs !== undefined && { lookedUntilMs }), open, undone }
}

/** That a version drifts: since when, of which columns. */
export interface StandingDrift {
  /** When the first window began that found any of them drifted: RFC 3339, UTC. */
  readonly since: string
  readonly columns: readonly string[]
}

/** @param everyMs how long a window is @returns undefined where no breach is open */
export function standingDrift({ open }: DriftStanding, everyMs: number): StandingDrift | undefined {
  if (open.breaches.length === 0) return undefined
  const since = Math.min(...open.breaches.map((breach) => breach.since)) - everyMs
  return { since: timeOf(since), columns: open.breaches.map(({ name }) => name) }
}
