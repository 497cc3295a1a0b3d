import type { Ports } from '../ports.ts'
import { takeIn } from '../release/intake.ts'

/** Take in whatever lies in the store: an upload whose event was lost is released, everything else is known already. */
export async function findLostUploads(ports: Ports, actor: string): Promise<void> {
  const releases = new Map(
    (await ports.store.keys()).map((key) => [key.split('/').slice(0, 3).join('/'), key]),
  )
  for (const key of releases.values()) await takeIn(ports, key, { actor, listed: true })
}
