import { parseModelName } from '../../lib/rules/names.ts'
import { awaitOperation } from '../await-operation.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'

export interface RollbackOptions {
  readonly alias?: string
  readonly to?: string
  readonly reason: string
  readonly wait: boolean
}

/** Take an alias back: out of a rollout, to what it served before, or to a version named. */
export async function rollback(
  context: Context,
  model: string,
  { alias, to, reason, wait }: RollbackOptions,
): Promise<ExitCode> {
  const begun = await context.platform.rollback(parseModelName(model), { alias, to, reason })
  return awaitOperation(context, begun, wait)
}
