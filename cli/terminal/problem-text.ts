import type { Problem } from '../../lib/rules/problem.ts'
import type { Talk } from './talk.ts'

/** Tell a problem as a small letter: what is wrong, every finding with its place, where to read on. */
export function printProblem(talk: Talk, problem: Problem): void {
  talk.say(`${talk.paint('red', '✖')} ${problem.message}`)
  for (const { pointer, found, allowed, line } of problem.errors)
    talk.say(
      `    ${line === undefined ? '' : `line ${line} `}${pointer || '(whole)'}: found ${found}; allowed ${allowed}`,
    )
  talk.say(talk.paint('dim', `  sluice explain ${problem.code}`))
}
