import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { table } from '../terminal/talk.ts'

/** What happened to a model; or what it served at a moment of the past. */
export async function history(
  { talk, platform }: Context,
  model: string,
  at: string | undefined,
): Promise<ExitCode> {
  if (at !== undefined) {
    const served = await platform.servedAt(model, at)
    const rows = Object.entries(served.aliases).map(([name, { stable, canary }]) => [
      name,
      stable,
      canary === undefined ? '-' : `${canary.version} ${canary.weightPercent} %`,
    ])
    talk.data(served, table(['ALIAS', 'SERVED', 'CANARY'], rows))
    return exitCode.done
  }
  const entries = await platform.history(model)
  talk.data({ entries }, table(['REV', 'AT', 'WHAT', 'BY', 'WHY'], entries.map(row)))
  return exitCode.done
}

function row(entry: HistoryEntry): string[] {
  return [`${entry.rev}`, entry.at.slice(0, 19).replace('T', ' '), sentence(entry), entry.actor, entry.reason]
}

function sentence({ kind, version, alias, from, weightPercent, deprecation, repair }: HistoryEntry): string {
  switch (kind) {
    case 'released':
      return `${version} released`
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
    case 'deprecated':
      return deprecation === undefined ? `${version} is deprecated no more` : `${version} deprecated`
    case 'repaired':
      return repair ?? `${version} repaired`
  }
}
