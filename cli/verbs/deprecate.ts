import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { isDryRun, tellDryRun } from '../tell-dry-run.ts'

export interface DeprecateOptions {
  readonly sunset?: string
  readonly successor?: string
  readonly undo?: boolean
  readonly reason: string
  readonly dryRun?: boolean
}

/** Tell the callers of a version that it will go, or that it will not after all. */
export async function deprecate(
  { talk, platform }: Context,
  model: string,
  version: string,
  { sunset, successor, undo = false, reason, dryRun = false }: DeprecateOptions,
): Promise<ExitCode> {
  const of = [parseModelName(model), parseVersion(version)] as const
  if (undo && (sunset !== undefined || successor !== undefined))
    throw new Problem('usage', '--undo takes the whole deprecation back; leave --sunset and --successor out')
  const answer = undo
    ? await platform.undoDeprecation(...of, { reason, dryRun })
    : await platform.deprecate(...of, { sunset, successor, reason, dryRun })
  if (isDryRun(answer)) return tellDryRun(talk, answer)
  for (const warning of answer.warnings) talk.say(`note: ${warning}`)
  const headers = Object.entries(answer.headers).map(([name, value]) => `  ${name}: ${value}`)
  talk.data(
    answer,
    undo
      ? `${model} ${version} is deprecated no more`
      : [`${model} ${version} is deprecated; every answer of it says`, ...headers].join('\n'),
  )
  return exitCode.done
}
