import { everyModel } from '../../lib/rules/access.ts'
import { isKeyId } from '../../lib/rules/api-key.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import type { KeyDetails } from '../platform-client.ts'
import { table } from '../terminal/talk.ts'

export interface CreateKeyOptions {
  readonly scope: readonly string[]
  readonly model?: readonly string[]
  readonly alias?: readonly string[]
  readonly expires?: string
}

/** Make a key, and show it this once. */
export async function createKey(
  { talk, platform }: Context,
  name: string,
  { scope, model, alias, expires }: CreateKeyOptions,
): Promise<ExitCode> {
  const made = await platform.createKey({
    name,
    scopes: scope,
    models: model ?? [everyModel],
    aliases: alias,
    expiresAt: expires === undefined ? undefined : expiryOf(expires, Date.now()),
  })
  talk.say(`${opens(made)}${made.expiresAt === undefined ? '' : ` until ${made.expiresAt}`}`)
  talk.say('keep it now: it is shown this once, and cannot be read again')
  talk.data(made, made.key)
  return exitCode.done
}

/** Every key there ever was, without its secret. */
export async function listKeys({ talk, platform }: Context): Promise<ExitCode> {
  const keys = await platform.keys()
  if (keys.length === 0) talk.say('no key yet: sluice keys create NAME --scope invoke --model MODEL')
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.scopes.join(','),
    key.models.join(','),
    key.aliases?.join(',') ?? '-',
    key.state,
    day(key.createdAt),
    key.expiresAt === undefined ? '-' : day(key.expiresAt),
    key.createdBy,
  ])
  const head = ['ID', 'NAME', 'SCOPES', 'MODELS', 'ALIASES', 'STATE', 'MADE', 'EXPIRES', 'MADE BY']
  talk.data({ keys }, table(head, rows))
  return exitCode.done
}

/** Revoke a key: from now on it opens nothing. */
export async function revokeKey({ talk, platform }: Context, id: string): Promise<ExitCode> {
  if (!isKeyId(id))
    throw new Problem(
      'usage',
      `${shown(id)} is no id of a key; sluice keys list shows them, 16 of 0-9 and a-f`,
    )
  const revoked = await platform.revokeKey(id)
  talk.data(revoked, `${revoked.id} ${revoked.name} ${revoked.state}`)
  return exitCode.done
}

function opens({ name, scopes, models, aliases }: KeyDetails): string {
  const which = models.includes(everyModel) ? 'every model' : models.join(', ')
  const moves = aliases === undefined ? '' : ` (promote: only ${aliases.join(', ')})`
  return `${name} may ${scopes.join(', ')}${moves} for ${which}`
}

const moment = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/
const units = { h: 3600, d: 24 * 3600, y: 365 * 24 * 3600 } as const

/** When `90d` from now is, or the time itself. @throws Problem `usage` */
export function expiryOf(text: string, now: number): string {
  const [, count = '', unit = 'd'] = /^([1-9]\d{0,4})([hdy])$/.exec(text) ?? []
  const seconds = Number(count) * units[unit as keyof typeof units]
  const at = count !== '' ? now + seconds * 1000 : moment.test(text) ? Date.parse(text) : Number.NaN
  // The furthest that a time can be written in four digits of a year.
  if (Number.isNaN(at) || at > Date.UTC(9999, 11, 31))
    throw new Problem(
      'usage',
      `--expires is ${shown(text)}, and allowed are 12h, 90d, 1y or a time such as 2027-03-01T10:00:00Z`,
    )
  return new Date(at).toISOString()
}

function day(time: string): string {
  return time.slice(0, 10)
}
