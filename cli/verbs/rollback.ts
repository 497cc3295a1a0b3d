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
  return awaitOperation(context, await context.platform.rollback(model, { alias, to, reason }), wait)
}
