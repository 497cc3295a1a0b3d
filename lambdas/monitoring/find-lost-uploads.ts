import { mayRelease } from '../../lib/rules/intake.ts'
import { parseReleaseKey } from '../../lib/rules/names.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import type { Ports } from '../ports.ts'
import { takeIn } from '../release/intake.ts'

/**
 * Take in whatever lies in the store: an upload whose event was lost is released. What is released already is not
 * looked at again: a thousand versions would be a thousand listings, four times an hour.
 */
export async function findLostUploads(ports: Ports, actor: string): Promise<void> {
  const releases = new Map(
    (await ports.store.keys()).map((key) => [key.split('/').slice(0, 3).join('/'), key]),
  )
  const known = new Map<string, Promise<ReadonlySet<string>>>()
  for (const key of releases.values()) {
    const place = placeOf(key)
    if (place === undefined) continue
    const { model, version } = place
    const settled = known.get(model) ?? settledVersions(ports, model)
    known.set(model, settled)
    if (!(await settled).has(version)) await takeIn(ports, key, { actor, listed: true })
  }
}

/** The versions of a model that no upload can release any more. */
async function settledVersions({ registry }: Ports, model: string): Promise<ReadonlySet<string>> {
  const versions = await registry.versions(model)
  return new Set(versions.filter((one) => !mayRelease(one)).map(({ version }) => version))
}

/** Where a key belongs; undefined for what is no release, of which a listing says nothing. */
function placeOf(key: string) {
  try {
    return parseReleaseKey(key)
  } catch (error) {
    if (isProblem(error)) return undefined
    throw error
  }
}
