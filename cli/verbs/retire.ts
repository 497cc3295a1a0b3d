import { parseModelName } from '../../lib/rules/names.ts'
import { awaitOperation } from '../await-operation.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { tellDryRun } from '../tell-dry-run.ts'

export interface RetireOptions {
  readonly reason: string
  readonly ignoreCallers?: boolean
  readonly dryRun?: boolean
  readonly wait: boolean
}

/** Retire a version that nobody needs any more: its path answers 410 from then on. */
export async function retire(
  context: Context,
  model: string,
  version: string,
  { reason, ignoreCallers, dryRun, wait }: RetireOptions,
): Promise<ExitCode> {
  const asked = { version, reason, ignoreCallers }
  parseModelName(model)
  if (dryRun === true)
    return tellDryRun(context.talk, await context.platform.dryRun(model, 'retirements', asked))
  return awaitOperation(context, await context.platform.retire(model, asked), wait)
}
