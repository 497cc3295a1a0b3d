import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { table } from '../terminal/talk.ts'

/** Every model: what is live, what is on its way. */
export async function list({ talk, platform }: Context): Promise<ExitCode> {
  const models = await platform.models()
  if (models.length === 0) talk.say('no model yet: sluice push PATH, or drop a file into the store')
  const rows = models.map(({ model, live, canary, versions, newest }) => [
    model,
    live ?? '-',
    canary === undefined ? '-' : `${canary.version} ${canary.weightPercent} %`,
    `${versions}`,
    newest === undefined ? '-' : `${newest.version} ${newest.state}`,
  ])
  talk.data({ models }, table(['MODEL', 'LIVE', 'CANARY', 'VERSIONS', 'NEWEST'], rows))
  return exitCode.done
}
