import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { Move, ServedAlias, ServedThen, ServedVersion } from '../../lib/rules/history-served.ts'
import { table } from './talk.ts'

/** Entries as a table in local time. @param width of the terminal: longer lines are cut; not known in a pipe */
export function entriesTable(entries: readonly HistoryEntry[], width: number | undefined): string {
  const rows = entries.map((entry) => [
    `${entry.rev}`,
    localTime(entry.at),
    `${sentence(entry)}${passed(entry)}`,
    entry.actor,
    oneLine(entry.reason),
  ])
  const text = table(['REV', `AT (${zone()})`, 'WHAT', 'BY', 'WHY'], rows)
  if (!width) return text
  const cut = (line: string) => (line.length > width ? `${line.slice(0, width - 1)}…` : line)
  return text.split('\n').map(cut).join('\n')
}

/** What a model served at a moment, told as a story. */
export function servedText(then: ServedThen, alias?: string): string {
  const { model, at, begins, served } = then
  const local = zone() === 'UTC' ? '' : ` (${localTime(at)} ${zone()})`
  const moment = `${at.slice(0, 19).replace('T', ' ')} UTC${local}`
  if (begins !== undefined)
    return `${moment}: nothing of ${model} was there yet. Its history begins at ${localTime(begins.at)} ${zone()}: ${told(begins)}.`
  if (then.rev === 0) return `${moment}: nothing of ${model} was there yet, and its history has no entry.`
  if (served.length === 0)
    return `${moment}: ${alias === undefined ? `no alias of ${model}` : `${alias} of ${model}`} served anything; the last entry was ${told(then.entry as HistoryEntry)}.`
  return [`${model} at ${moment}, after entry ${then.rev}`, ...served.map(aliasText)].join('\n\n')
}

function aliasText({ alias, stable, canary, previous, until }: ServedAlias): string {
  const share = canary === undefined ? '' : `, and ${canary.version} got ${canary.weightPercent} % of it`
  return [
    `${alias} served ${stable.version}${share}`,
    ...versionLines(stable),
    ...(canary === undefined ? [] : versionLines(canary)),
    ...(previous === undefined ? [] : [`  way back   ${previous}`]),
    `  until      ${until === undefined ? 'now' : `${localTime(until.at)}: ${told(until)}`}`,
  ].join('\n')
}

function versionLines({ version, since, released, artifact, image, lock, source }: ServedVersion): string[] {
  const { approval, gates = [] } = since
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['since', `${localTime(since.at)}: ${told(since)}`],
    ['approved', approval && `by ${approval.actor}: ${oneLine(approval.reason)}`],
    ...gates.map(({ gate, found }) => ['passed', `${gate}: ${oneLine(found)}`] as const),
    ['released', released && `${localTime(released.at)} by ${released.actor}`],
    ['source', source === undefined ? undefined : sourceText(source)],
    ['artifact', artifact],
    ['image', image],
    ['lock', lock],
  ]
  const lines = facts.filter(([, text]) => text !== undefined)
  return [`  ${version}`, ...lines.map(([name, text]) => `    ${name.padEnd(9)}${text}`)]
}

function told(move: Move | HistoryEntry): string {
  return `${sentence(move)}, by ${move.actor}: ${oneLine(move.reason)} (entry ${move.rev}, operation ${move.operation})`
}

function sourceText(source: unknown): string {
  return Object.entries(source as object)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? oneLine(value) : JSON.stringify(value)}`)
    .join(', ')
}

/** What an entry tells, in a few words. */
function sentence(entry: Move | HistoryEntry): string {
  const { kind, version, alias, from, weightPercent, deprecation, repair } = entry
  switch (kind) {
    case 'released':
      return `${version} released${'unsafePickle' in entry ? ', UNSAFE PICKLE' : ''}`
    case 'canary-started':
    case 'weight-moved':
      return `${version} gets ${weightPercent} % of ${alias}`
    case 'promoted':
      return `${alias} moved to ${version}`
    case 'rolled-back':
      return `${alias} returned to ${version}${from === undefined ? '' : ` from ${from}`}`
    case 'retired':
      return `${version} retired`
    case 'approved':
      return `${version} may get ${alias}`
    case 'rejected':
      return `${version} may not get ${alias}`
    case 'paused':
    case 'resumed':
      return `the rollout of ${version} on ${alias} was ${kind}`
    case 'shadow-cast':
      return `${version} answers in the shadow of ${alias}`
    case 'shadow-lifted':
      return `${version} answers in the shadow of ${alias} no more`
    case 'deprecated':
      return deprecation === undefined ? `${version} is deprecated no more` : `${version} deprecated`
    case 'repaired':
      return repair === undefined ? `${version} repaired` : oneLine(repair)
  }
}

/** The gates that were passed on the way, by name; what was found in each, `--at` and `--json` tell. */
function passed({ gates = [] }: HistoryEntry): string {
  return gates.length === 0 ? '' : `, past ${gates.map(({ gate }) => gate).join(', ')}`
}

/** `2026-03-01 10:00:00`, where the reader is. */
function localTime(at: string): string {
  // Sweden writes a time as ISO 8601 does.
  return new Date(at).toLocaleString('sv-SE')
}

function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
