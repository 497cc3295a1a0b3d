import type { Operation } from '../lib/rules/operation.ts'
import { Problem } from '../lib/rules/problem.ts'
import type { Context } from './context.ts'
import { type ExitCode, exitCode, exitCodeOfOperation } from './exit-codes.ts'
import { follow } from './follow.ts'
import { printProblem } from './terminal/problem-text.ts'

/**
 * Watch an operation to its end and say how it ended; or only name it, where nobody wants to wait.
 * @param beside what else the JSON document tells
 */
export async function awaitOperation(
  context: Context,
  { id }: Pick<Operation, 'id'>,
  wait: boolean,
  beside: object = {},
): Promise<ExitCode> {
  const { talk, platform } = context
  if (!wait) {
    talk.data({ ...(await platform.operation(id)), ...beside }, id)
    return exitCode.done
  }
  const ended = await follow(context, id)
  if (ended.problem !== undefined) printProblem(talk, Problem.of(ended.problem))
  talk.data({ ...ended, ...beside }, `${ended.model} ${ended.version} ${ended.state}`)
  return exitCodeOfOperation(ended)
}
