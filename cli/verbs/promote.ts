import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import { awaitOperation } from '../await-operation.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { tellDryRun } from '../tell-dry-run.ts'
import { tellCost } from '../version-cost.ts'

export interface PromoteOptions {
  readonly alias?: string
  readonly then?: readonly string[]
  readonly rollout?: string
  readonly reason?: string
  readonly dryRun?: boolean
  readonly wait: boolean
}

/** Move an alias to a version, by its rollout; what the version will cost on AWS is said before. */
export async function promote(
  context: Context,
  model: string,
  version: string,
  { alias, then, rollout, reason, dryRun, wait }: PromoteOptions,
): Promise<ExitCode> {
  const cost = await tellCost(context, parseModelName(model), parseVersion(version))
  const asked = { version, alias, then, rollout, reason }
  if (dryRun === true)
    return tellDryRun(context.talk, await context.platform.dryRun(model, 'promotions', asked))
  const begun = await context.platform.promote(model, asked)
  return awaitOperation(context, begun, wait, { ...(cost !== undefined && { cost }) })
}
