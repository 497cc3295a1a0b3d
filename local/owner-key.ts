import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKey, type KeyPorts, revokeKey } from '../lambdas/control/keys.ts'
import { everyModel } from '../lib/rules/access.ts'
import { judgeKey, keyState, parseKey } from '../lib/rules/api-key.ts'

/** What a home remembers for those who may read it: where its platform answers, and a key that opens all of it. */
export interface OwnAccess {
  readonly url: string
  readonly key: string
}

const name = 'owner'
/** Who made it, as its record says: no caller is named so. */
export const ownerKeyMaker = 'sluice up'

/** @param root the folder of the home @returns undefined where there is none, or it is not ours to read */
export function ownAccess(root: string): OwnAccess | undefined {
  try {
    const { url, key } = JSON.parse(readFileSync(placeIn(root), 'utf8')) as Partial<OwnAccess>
    return typeof url === 'string' && typeof key === 'string' ? { url, key } : undefined
  } catch {
    return undefined
  }
}

/**
 * The key of a home's owner: the one it remembers, while that is good, else a new one. Without it nobody could make the
 * first key, or one after all are lost.
 */
export async function ownerKey(
  root: string,
  ports: KeyPorts,
): Promise<{ readonly key: string; readonly isNew: boolean }> {
  const { keys, clock } = ports
  const known = ownAccess(root)?.key
  const presented = parseKey(known ?? '')
  if (presented !== undefined && judgeKey(await keys.find(presented.id), presented, clock.now()).good)
    return { key: presented.text, isNew: false }
  for (const key of await keys.list())
    if (key.name === name && keyState(key, clock.now()) === 'active')
      await revokeKey(ports, key.id, ownerKeyMaker)
  const made = await createKey(ports, { name, scopes: ['admin'], models: [everyModel] }, ownerKeyMaker)
  return { key: made.key, isNew: true }
}

/** Remember it, for the user of this machine alone. */
export async function rememberAccess(root: string, access: OwnAccess): Promise<void> {
  const draft = `${placeIn(root)}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(access)}\n`, { mode: 0o600, flush: true })
  await rename(draft, placeIn(root))
}

function placeIn(root: string): string {
  return join(root, 'access.json')
}
