import type { Operation } from '../lib/rules/operation.ts'
import type { Problem, ProblemCode } from '../lib/rules/problem.ts'

/** What a command's exit code means. */
export const exitCode = { done: 0, usersMistake: 1, modelFailed: 2, rolledBack: 3, platform: 4 } as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** What a version is refused for by its own doing. */
const failedChecks: readonly ProblemCode[] = [
  'golden-check-failed',
  'contract-broken',
  'metrics-worse',
  'replay-differs',
]

/** The exit code of a refusal: the model's checks, the platform's fault, or the user's mistake. */
export function exitCodeOf(problem: Problem): ExitCode {
  if (failedChecks.includes(problem.code)) return exitCode.modelFailed
  return problem.status >= 500 ? exitCode.platform : exitCode.usersMistake
}

/** The exit code of an operation that has ended, or waits for a person. */
export function exitCodeOfOperation({ kind, state, problem }: Operation): ExitCode {
  // What waits for a person has done what it was asked for.
  if (state === 'succeeded' || state === 'waiting') return exitCode.done
  if (state === 'rolled-back') return exitCode.rolledBack
  if (problem?.code === 'platform-fault') return exitCode.platform
  if (problem !== undefined && failedChecks.includes(problem.code)) return exitCode.modelFailed
  return kind === 'release' ? exitCode.modelFailed : exitCode.usersMistake
}
