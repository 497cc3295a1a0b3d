import { z } from 'zod'
import type { Deprecation, VersionRecord } from './model-version.ts'
import { Problem, shown } from './problem.ts'

const date = z.iso.date()
const time = z.iso.datetime({ offset: true })

/**
 * Read when a version may go: a date, whose first moment in UTC it is, or a time of RFC 3339; part of a second is
 * rounded up, since HTTP tells whole ones.
 * @param now milliseconds since the epoch @returns RFC 3339, UTC. @throws Problem `sunset-malformed`
 */
export function parseSunset(text: string, now: number): string {
  const known = date.safeParse(text).success || time.safeParse(text).success
  if (!known)
    throw new Problem(
      'sunset-malformed',
      `the sunset is ${shown(text)}; allowed are a date such as 2027-03-31 and a time such as 2027-03-31T12:00:00Z`,
    )
  const sunset = Math.ceil(Date.parse(text) / 1000) * 1000
  if (sunset <= now)
    throw new Problem(
      'sunset-malformed',
      `the sunset is ${new Date(sunset).toISOString()}, which is past; give callers a time to come, or no sunset at all`,
    )
  return new Date(sunset).toISOString()
}

/**
 * Refuse a successor that callers would only have to leave again.
 * @param found its record, where there is one. @throws Problem `successor-unfit`
 */
export function checkSuccessor(version: string, successor: string, found: VersionRecord | undefined): void {
  const why = unfitFor(version, successor, found)
  if (why !== undefined)
    throw new Problem(
      'successor-unfit',
      `${successor} cannot be the successor of ${version}: ${why}; name a version that is READY and not deprecated`,
    )
}

function unfitFor(version: string, successor: string, found: VersionRecord | undefined): string | undefined {
  if (successor === version) return 'it is the same version'
  if (found === undefined) return 'there is no such version'
  if (found.state !== 'READY') return `it is ${found.state}`
  return found.deprecation === undefined ? undefined : 'it is deprecated itself'
}

/**
 * What callers of a deprecated version are told with every answer: since when (RFC 9745), until when (RFC 8594), and
 * where to go instead (RFC 8288).
 * @param path of the request: the link is relative to it, since a gateway may put a stage before our paths
 */
export function deprecationHeaders(
  { at, sunset, successor }: Deprecation,
  path: string,
): Readonly<Record<string, string>> {
  return {
    Deprecation: `@${Math.floor(Date.parse(at) / 1000)}`,
    ...(sunset !== undefined && { Sunset: new Date(sunset).toUTCString() }),
    ...(successor !== undefined && { Link: successorLink(successor, path) }),
  }
}

/** The `Link` to a version's successor, from a path below `/models/{model}/`. */
export function successorLink(successor: string, path: string): string {
  const below = path.split('/').length - 4
  return `<${'../'.repeat(Math.max(0, below))}versions/${successor}/invocations>; rel="successor-version"`
}

/** The READY versions of a model whose callers are sent to this one. */
export function sentTo(version: string, versions: readonly VersionRecord[]): string[] {
  return versions
    .filter((one) => one.state === 'READY' && one.deprecation?.successor === version)
    .map((one) => one.version)
}
