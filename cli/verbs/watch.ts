import { awaitOperation } from '../await-operation.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'

/** Follow an operation to its end. */
export function watch(context: Context, id: string): Promise<ExitCode> {
  return awaitOperation(context, { id }, true)
}
