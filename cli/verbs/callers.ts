import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { table } from '../terminal/talk.ts'

/** Who calls a model, or one version of it, by which way, and when last. */
export async function callers(
  { talk, platform }: Context,
  model: string,
  version: string | undefined,
): Promise<ExitCode> {
  const found = await platform.callers(
    parseModelName(model),
    version === undefined ? undefined : parseVersion(version),
  )
  const rows = found.map(({ version: called, caller, way, lastAt }) => [
    called,
    caller,
    way,
    lastAt.slice(0, 16).replace('T', ' '),
  ])
  const nobody = `nobody called ${version === undefined ? model : `${model} ${version}`} within the last 45 days`
  talk.data(
    { callers: found },
    rows.length === 0 ? nobody : table(['VERSION', 'CALLER', 'BY', 'LAST SEEN'], rows),
  )
  return exitCode.done
}
