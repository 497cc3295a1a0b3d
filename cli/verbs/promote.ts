import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import { awaitOperation } from '../await-operation.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'

export interface PromoteOptions {
  readonly alias?: string
  readonly rollout?: string
  readonly reason?: string
  readonly wait: boolean
}

/** Move an alias to a version, by its rollout. */
export async function promote(
  context: Context,
  model: string,
  version: string,
  { alias, rollout, reason, wait }: PromoteOptions,
): Promise<ExitCode> {
  const begun = await context.platform.promote(parseModelName(model), {
    version: parseVersion(version),
    alias,
    rollout,
    reason,
  })
  return awaitOperation(context, begun, wait)
}
