import { parseModelName } from '../../lib/rules/names.ts'
import { awaitOperation } from '../await-operation.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'

/** Retire a version that nothing reaches any more: its path answers 410 from then on. */
export async function retire(
  context: Context,
  model: string,
  version: string,
  { reason, wait }: { readonly reason: string; readonly wait: boolean },
): Promise<ExitCode> {
  const begun = await context.platform.retire(parseModelName(model), { version, reason })
  return awaitOperation(context, begun, wait)
}
