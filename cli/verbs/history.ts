import { writeFile } from 'node:fs/promises'
import { momentAgo } from '../../lib/rules/moment.ts'
import { counted, Problem, shown } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import type { HistoryAsked } from '../platform-client.ts'
import { entriesTable, servedText } from '../terminal/history-text.ts'

/** How `sluice history` is asked. */
export interface HistoryOptions extends HistoryAsked {
  readonly at?: string
  readonly export?: keyof typeof exportTypes
  readonly out?: string
}

/** What a history can be exported as. */
export const exportTypes = { jsonl: 'application/jsonlines', csv: 'text/csv' } as const

/** What happened to a model; or what it served at a moment of the past; or its entries for other programs. */
export async function history(context: Context, model: string, options: HistoryOptions): Promise<ExitCode> {
  const { at, export: kind, out, ...others } = options
  const asked = { ...others, ...moments(others) }
  if (out !== undefined && kind === undefined)
    throw new Problem(
      'usage',
      '-o names a file to export to; say what to write with --export jsonl or --export csv',
    )
  if (at !== undefined) return past(context, model, at, options)
  if (kind !== undefined) return exported(context, model, asked, kind, out)
  const { talk, platform } = context
  const entries = await platform.history(model, asked)
  if (entries.length === 0) talk.say(`no entry in the history of ${model} is as asked`)
  if (entries.length > 0 || talk.json) talk.data({ entries }, entriesTable(entries, process.stdout.columns))
  return exitCode.done
}

async function past({ talk, platform }: Context, model: string, at: string, options: HistoryOptions) {
  const { at: _, alias, ...others } = options
  const [other] = Object.keys(others)
  if (other !== undefined)
    throw new Problem('usage', `--${other} stands beside --at, and beside a moment only --alias is allowed`)
  const served = await platform.servedAt(model, absolute(at), alias)
  talk.data(served, servedText(served, alias))
  return exitCode.done
}

async function exported(
  { talk, platform }: Context,
  model: string,
  asked: HistoryAsked,
  kind: keyof typeof exportTypes,
  out: string | undefined,
): Promise<ExitCode> {
  if (talk.json)
    throw new Problem(
      'usage',
      '--json prints one document, and an export is many lines; leave one of them out',
    )
  const text = await platform.historyText(model, exportTypes[kind], asked)
  if (out === undefined) {
    process.stdout.write(text)
    return exitCode.done
  }
  try {
    await writeFile(out, text)
  } catch (error) {
    throw new Problem('usage', `${shown(out)} cannot be written: ${(error as NodeJS.ErrnoException).code}`)
  }
  talk.say(`${out}: ${counted(Buffer.byteLength(text), 'byte')}`)
  return exitCode.done
}

function moments({ since, until }: HistoryAsked): Pick<HistoryAsked, 'since' | 'until'> {
  return {
    ...(since !== undefined && { since: absolute(since) }),
    ...(until !== undefined && { until: absolute(until) }),
  }
}

/** `2h ago` is counted from this machine's clock; what any other text means, the platform says. */
function absolute(text: string): string {
  const ago = momentAgo(text, Date.now())
  return ago === undefined ? text : new Date(ago).toISOString()
}
