import { parseModelName } from '../../lib/rules/names.ts'
import { awaitOperation } from '../await-operation.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { tellDryRun } from '../tell-dry-run.ts'

export interface RollbackOptions {
  readonly alias?: string
  readonly to?: string
  readonly reason: string
  readonly dryRun?: boolean
  readonly wait: boolean
}

/** Take an alias back: out of a rollout, to what it served before, or to a version named. */
export async function rollback(
  context: Context,
  model: string,
  { alias, to, reason, dryRun, wait }: RollbackOptions,
): Promise<ExitCode> {
  const asked = { alias, to, reason }
  parseModelName(model)
  if (dryRun === true)
    return tellDryRun(context.talk, await context.platform.dryRun(model, 'rollbacks', asked))
  return awaitOperation(context, await context.platform.rollback(model, asked), wait)
}
