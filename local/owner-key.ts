import { createKey, type KeyPorts, revokeKey } from '../lambdas/control/keys.ts'
import { everyModel } from '../lib/rules/access.ts'
import { judgeKey, keyState, parseKey } from '../lib/rules/api-key.ts'
import { ownAccess } from './own-access.ts'

const name = 'owner'
/** Who made it, as its record says: no caller is named so. */
export const ownerKeyMaker = 'sluice up'

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
