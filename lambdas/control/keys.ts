import { z } from 'zod'
import { everyModel, scopes } from '../../lib/rules/access.ts'
import {
  type ApiKeyRecord,
  formKey,
  isKeyId,
  keyHash,
  keyIdBytes,
  keyState,
  secretBytes,
} from '../../lib/rules/api-key.ts'
import { isModelName, isMovableAlias } from '../../lib/rules/names.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import type { ApiKeys, Clock } from '../ports.ts'

/** The names that people give to keys: they stand in the history. */
const keyName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, {
  error: '1 to 64 of A-Z a-z 0-9 . _ @ -, a letter or digit first',
})

/** What an authorizer answers holds every grant of a key, and a REST API takes no more than 8 KB of it. */
const mostModels = 20
const mostAliases = 5
const mostPairs = 40

/** `POST /keys`. */
export const keyRequest = z.strictObject({
  name: keyName,
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  models: z
    .array(
      z.string().refine((model) => model === everyModel || isModelName(model), {
        error: "the name of a model, or '*' for every model",
      }),
    )
    .min(1)
    .max(mostModels)
    .default([everyModel]),
  aliases: z
    .array(z.string().refine(isMovableAlias, { error: 'the name of an alias that may be moved' }))
    .min(1)
    .max(mostAliases)
    .optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
})

export interface KeyPorts {
  readonly keys: ApiKeys
  readonly clock: Clock
}

/** A key as it is listed: everything but what opens doors. */
export function keyDetails(key: ApiKeyRecord, now: number) {
  const { hash: _, ...told } = key
  return { ...told, state: keyState(key, now) }
}

/**
 * Make a key. It is in the answer, and nowhere else ever again.
 * @throws Problem `key-exists`, `request-malformed` for a time that has passed
 */
export async function createKey(
  { keys, clock }: KeyPorts,
  { name, scopes, models, aliases, expiresAt }: z.output<typeof keyRequest>,
  createdBy: string,
) {
  const now = clock.now()
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now)
    throw new Problem('request-malformed', `'expiresAt' is ${shown(expiresAt)}, and that has passed`)
  refuseVainAliases(scopes, models, aliases)
  const standing = (await keys.list()).find((one) => one.name === name && keyState(one, now) === 'active')
  if (standing !== undefined)
    throw new Problem('key-exists', `the key ${standing.id} is named ${shown(name)}, and is still good`)
  const key = formKey(random(keyIdBytes), random(secretBytes))
  const record: ApiKeyRecord = {
    id: key.id,
    name,
    hash: keyHash(key),
    scopes: [...new Set(scopes)],
    models: models.includes(everyModel) ? [everyModel] : [...new Set(models)],
    ...(aliases !== undefined && { aliases: [...new Set(aliases)] }),
    createdAt: new Date(now).toISOString(),
    createdBy,
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  }
  if (!(await keys.create(record))) throw new Error('two keys were given the same 64 random bits')
  return { ...keyDetails(record, now), key: key.text }
}

/** @throws Problem `request-malformed` where aliases would narrow nothing, or are too many for an authorizer's answer */
function refuseVainAliases(
  scopes: readonly string[],
  models: readonly string[],
  aliases: readonly string[] | undefined,
): void {
  if (aliases === undefined) return
  if (scopes.includes('admin') || !scopes.includes('promote'))
    throw new Problem(
      'request-malformed',
      "'aliases' narrow the scope promote, and this key would have it not, or be an admin's, who may move every alias",
    )
  if (models.length * aliases.length > mostPairs)
    throw new Problem(
      'request-malformed',
      `${models.length} models with ${aliases.length} aliases each are too many for one key; allowed are ${mostPairs} pairs`,
    )
}

/** Revoke a key, or find it revoked. @throws Problem `key-unknown` */
export async function revokeKey({ keys, clock }: KeyPorts, id: string, revokedBy: string) {
  const now = clock.now()
  const revocation = { revokedAt: new Date(now).toISOString(), revokedBy }
  const revoked = isKeyId(id) ? await keys.revoke(id, revocation) : undefined
  if (revoked === undefined) throw new Problem('key-unknown', `there is no key ${shown(id)}`)
  return keyDetails(revoked, now)
}

/** Not the port `Random`, which tosses coins: what is drawn here must not be guessed. */
function random(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes))
}
