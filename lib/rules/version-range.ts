import semver from 'semver'
import { Problem, shown } from './problem.ts'

/** What a path's version part asks for. */
export type VersionSelector = { readonly exact: string } | { readonly range: string }

const rangeShape = /^(?:[\^~])?\d{1,9}(?:\.(?:\d{1,9}|x)){0,2}$/

/**
 * Read the version part of a path: an exact version (`1.4.0`), or a range of the forms `1`, `1.2`, `1.x`, `1.2.x`,
 * `^1.2`, `~1.2.3`. @throws Problem `version-malformed`
 */
export function parseVersionSelector(text: string): VersionSelector {
  const exact = semver.parse(text)
  if (exact !== null && exact.version === text && text.length <= 32) return { exact: text }
  if (rangeShape.test(text) && semver.validRange(text) !== null) return { range: text }
  throw new Problem(
    'version-malformed',
    `${shown(text)} is neither a version nor a range; allowed are 1.4.0, 1, 1.2, 1.x, ^1.2 and ~1.2.3`,
  )
}

/**
 * The highest accepted version inside a range, by semver. Prereleases are reached only by their exact path.
 * @param accepted versions that completed a rollout on `live` and were not rejected since
 */
export function resolveRange(range: string, accepted: readonly string[]): string | undefined {
  const asked = new semver.Range(range)
  return newestOf(accepted).find((version) => asked.test(version))?.version
}

const sorted = new WeakMap<readonly string[], readonly semver.SemVer[]>()

/** Accepted versions, newest first; read and sorted once a record, since every call by a range comes here. */
function newestOf(accepted: readonly string[]): readonly semver.SemVer[] {
  const known = sorted.get(accepted)
  if (known !== undefined) return known
  const made = accepted.map((version) => new semver.SemVer(version)).toSorted(semver.rcompare)
  sorted.set(accepted, made)
  return made
}

/** Newest first, by semver precedence. */
export function newestFirst(a: string, b: string): number {
  return semver.rcompare(a, b)
}
