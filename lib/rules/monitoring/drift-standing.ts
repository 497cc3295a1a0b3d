import { noBreaches, type OpenBreaches } from '../drift/breaches.ts'
import { Problem } from '../problem.ts'

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
