import type { DryRun } from '../lambdas/control/dry-run.ts'
import { type ExitCode, exitCode } from './exit-codes.ts'
import type { Talk } from './terminal/talk.ts'

/** Whether a platform only tried what it was asked. */
export function isDryRun(answer: object): answer is DryRun {
  return 'dryRun' in answer && answer.dryRun === true
}

/** Say what would have been done. */
export function tellDryRun(talk: Talk, answer: DryRun): ExitCode {
  talk.data(answer, `${answer.would}; nothing was changed`)
  return exitCode.done
}
