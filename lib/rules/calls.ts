/** How a caller came to a version: by its own path, by a range, or by an alias. */
export type CallWay = 'version' | 'range' | 'alias'

/** A call of a version, as the router knows it. */
export interface VersionCall {
  readonly model: string
  readonly version: string
  /** By `callerName`. */
  readonly caller: string
  readonly way: CallWay
}

/** Somebody who calls a version. */
export interface VersionCaller extends Omit<VersionCall, 'model'> {
  /** When it was last noted: RFC 3339, UTC. Its last call may be up to `notedEveryMs` later. */
  readonly lastAt: string
}

/** A caller of a version is noted once in so long, however often it calls. */
export const notedEveryMs = 3600 * 1000

/** A caller who has not called for so many days is forgotten. */
export const callerKeptDays = 45

/** Whoever calls when a process knows too many callers already to tell them apart. */
export const otherCallers = 'others'

/** A name is kept to this many characters: tokens may name their holders at any length. */
const longestName = 128

/** As long and as plain as a name may be. */
const plain = /^[\w ():/.@+=,-]{0,128}$/

const arn = /^arn:[^:]*:(?:sts|iam)::(\d*):(.+)$/

/**
 * Who calls, as its owner knows it: a key by its name, a role by account and name. The sessions of a role are the role:
 * each run of a function has one of its own.
 */
export function callerName(actor: string): string {
  if (!actor.startsWith('arn:')) return shortened(actor)
  const [, account = '', who = actor] = arn.exec(actor) ?? []
  if (account === '') return shortened(actor)
  const role = /^assumed-role\/([^/]+)\//.exec(who)?.[1]
  return shortened(`${account}:${role === undefined ? who : `role/${role}`}`)
}

function shortened(name: string): string {
  // Every call comes here, and nearly every name is such a one.
  if (plain.test(name)) return name
  const cut = name.length > longestName ? `${name.slice(0, longestName - 3)}...` : name
  return cut.replaceAll(/\p{Cc}/gu, ' ').toWellFormed()
}

/** Who called last comes first; of one moment by version, caller and way. */
export function lastFirst(a: VersionCaller, b: VersionCaller): number {
  const key = ({ version, caller, way }: VersionCaller) => `${version} ${caller} ${way}`
  return b.lastAt.localeCompare(a.lastAt) || (key(a) < key(b) ? -1 : 1)
}
