import { notedEveryMs, type VersionCaller } from './calls.ts'
import { sentTo } from './deprecation.ts'
import type { VersionRecord } from './model-version.ts'
import { isOver, type Operation } from './operation.ts'
import { counted, type Finding, Problem } from './problem.ts'
import { aliasesReaching, type ModelRecord, rangeReaching } from './routing.ts'

/** Who called a version by its own path or by a range keeps it for so many days. */
export const quietDays = 7
const quietMs = quietDays * 24 * 3600 * 1000

/** More callers than these are counted, not named. */
const mostNamed = 20

/** What is looked at before a version may go. */
export interface RetirementView {
  readonly record: ModelRecord
  readonly version: string
  /** Every version of the model. */
  readonly versions: readonly VersionRecord[]
  /** The operations that are not over, of whatever model. */
  readonly unfinished: readonly Operation[]
  /** Who calls the model. */
  readonly callers: readonly VersionCaller[]
  /** Graphs that ask it, released or being released: `risk 1.0.0`. @default none */
  readonly graphs?: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Callers do not keep it. @default false */
  readonly ignoreCallers?: boolean
}

/**
 * Refuse to retire a version that somebody still needs, with every reason at once: what reaches it by another name, what
 * works on it, which graphs ask it, whom it was promised to, and who called it lately. A version that nobody needs may go without ever having
 * been deprecated. @throws Problem `still-in-use`
 */
export function checkRetirement(seen: RetirementView): void {
  const { record, version } = seen
  const errors = [
    ...reached(seen),
    ...workedOn(seen),
    ...asked(seen),
    ...promised(seen),
    ...(seen.ignoreCallers === true ? [] : called(seen)),
  ]
  if (errors.length === 0) return
  throw new Problem(
    'still-in-use',
    `${record.model} ${version} is still in use: ${errors.map(({ found }) => found).join('; ')}`,
    errors,
  )
}

/** Who called the version by its own path or a range within the last days, last first. */
export function recentCallers({
  version,
  callers,
  now,
}: Pick<RetirementView, 'version' | 'callers' | 'now'>): VersionCaller[] {
  // A call may be later than its note by as long as callers are noted once.
  const since = now - quietMs - notedEveryMs
  return callers.filter(
    (one) => one.version === version && one.way !== 'alias' && Date.parse(one.lastAt) > since,
  )
}

/**
 * A range keeps a version until its sunset: the last of its minor line would be kept for ever by a range that nobody
 * calls. After it, whoever does call by a range keeps it as any other caller does.
 */
function reached(seen: RetirementView): Finding[] {
  const { record, version } = seen
  const aliases = aliasesReaching(record, version).map((by) =>
    finding(`it is reached by ${by}`, 'a version that no alias reaches: move that one to another first'),
  )
  const range = isPastSunset(seen) ? undefined : rangeReaching(record, version)
  if (range === undefined) return aliases
  const allowed =
    'a version that no range resolves to: accept a newer one of its line, or deprecate it with a sunset and wait for that'
  return [...aliases, finding(`it is reached by ${range}`, allowed)]
}

function isPastSunset(seen: RetirementView): boolean {
  const sunset = sunsetOf(seen)
  return sunset !== undefined && seen.now >= Date.parse(sunset)
}

function sunsetOf({ version, versions }: RetirementView): string | undefined {
  return versions.find((one) => one.version === version)?.deprecation?.sunset
}

function workedOn({ record, version, unfinished }: RetirementView): Finding[] {
  // Of two retirements the second finds the version retired, and ends well.
  return unfinished
    .filter((one) => !isOver(one) && one.kind !== 'retirement' && one.model === record.model)
    .filter((one) => one.version === version || one.to === version)
    .map((one) =>
      finding(
        `operation ${one.id} ${one.state === 'waiting' ? 'waits to work' : 'works'} on it`,
        'a version that no operation works on: wait for its end, or end it',
      ),
    )
}

function asked({ graphs = [] }: RetirementView): Finding[] {
  const allowed = 'a version that no graph asks: release the graph without it, and retire what asks it'
  const named = graphs.slice(0, mostNamed).map((graph) => finding(`the graph ${graph} asks it`, allowed))
  const rest = graphs.length - named.length
  return rest === 0 ? named : [...named, finding(`${counted(rest, 'graph')} more ask it`, allowed)]
}

function promised(seen: RetirementView): Finding[] {
  const { version, versions } = seen
  const sunset = sunsetOf(seen)
  const early =
    sunset === undefined || isPastSunset(seen)
      ? []
      : [finding(`callers were promised it until ${sunset}`, 'a retirement at its sunset or later')]
  const from = sentTo(version, versions)
  const successor =
    from.length === 0
      ? []
      : [
          finding(
            `callers of ${from.join(', ')} are sent to it`,
            'a version that is the successor of none: deprecate those again with another successor',
          ),
        ]
  return [...early, ...successor]
}

function called(seen: RetirementView): Finding[] {
  const recent = recentCallers(seen)
  const allowed = `no call by its own path or a range for ${quietDays} days; or ignore callers, which the history keeps`
  const named = recent
    .slice(0, mostNamed)
    .map((one) => finding(`${callSentence(one)} at ${one.lastAt}`, allowed))
  const rest = recent.length - named.length
  return rest === 0 ? named : [...named, finding(`${counted(rest, 'caller')} more called it`, allowed)]
}

/** `shop called it by a range`. */
export function callSentence({ caller, way }: Pick<VersionCaller, 'caller' | 'way'>): string {
  return `${caller} called it by ${way === 'version' ? 'its own path' : `${way === 'range' ? 'a' : 'an'} ${way}`}`
}

function finding(found: string, allowed: string): Finding {
  return { pointer: '/version', found, allowed }
}
