import { setTimeout as pause } from 'node:timers/promises'
import type { LogLine } from '../../lambdas/ports.ts'
import { liveAlias } from '../../lib/rules/names.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'

export interface LogsOptions {
  readonly follow?: boolean
}

const lookEveryMs = 300

/** What the server of a version wrote; without a version, of the one that is live. */
export async function logs(
  { talk, platform }: Context,
  model: string,
  asked: string | undefined,
  { follow = false }: LogsOptions,
): Promise<ExitCode> {
  const version = asked ?? (await platform.model(model)).aliases[liveAlias]?.stable
  if (version === undefined)
    throw new Problem('alias-unknown', `'${model}' serves nothing on '${liveAlias}' yet; name a version`)
  const read = (after?: string) => platform.log(model, version, after)
  const shown = ({ at, text }: LogLine) => `${talk.paint('dim', at.slice(0, 23))} ${text}`
  const kept = await read()
  if (kept.length === 0) talk.say(`${model} ${version} has written nothing yet`)
  if (!follow) {
    if (talk.json || kept.length > 0) talk.data({ model, version, lines: kept }, kept.map(shown).join('\n'))
    return exitCode.done
  }
  for (let lines = kept, last: string | undefined; ; lines = await read(last)) {
    for (const line of lines) talk.data(line, shown(line))
    last = lines.at(-1)?.at ?? last
    await pause(lookEveryMs)
  }
}
