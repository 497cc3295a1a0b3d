import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { table } from '../terminal/talk.ts'

export interface SweepOptions {
  readonly dryRun?: boolean
}

/** Finish or undo what died half-way, now; or only show what would be done. */
export async function sweep(
  { talk, platform }: Context,
  { dryRun = false }: SweepOptions,
): Promise<ExitCode> {
  const swept = await platform.sweep({ dryRun })
  const { repairs, broken, left } = swept
  const rows = repairs.map(({ kind, model, version, found, did }) => [
    kind,
    `${model} ${version}`.trim(),
    found,
    dryRun ? '' : did,
  ])
  if (repairs.length === 0 && broken.length === 0) talk.say('nothing to repair')
  if (dryRun && repairs.length > 0) talk.say('nothing was changed; this is what a sweep would repair:')
  if (repairs.length > 0 || talk.json) talk.data(swept, table(['repair', 'version', 'found', 'done'], rows))
  for (const one of broken) talk.say(`could not be repaired now: ${one}`)
  if (left > 0) talk.say(`time was over before ${left} models were looked at: sweep again`)
  return broken.length === 0 ? exitCode.done : exitCode.platform
}
