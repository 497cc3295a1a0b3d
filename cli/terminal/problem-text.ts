import type { Finding, Problem } from '../../lib/rules/problem.ts'
import { type Talk, table } from './talk.ts'

/** Tell a problem as a small letter: what is wrong, every finding with its place, where to read on. */
export function printProblem(talk: Talk, problem: Problem): void {
  talk.say(`${talk.paint('red', '✖')} ${problem.message}`)
  if (problem.errors.length > 0)
    for (const line of findingLines(problem)) talk.say(line === '' ? '' : `    ${line}`)
  talk.say(talk.paint('dim', `  sluice explain ${problem.code}`))
}

/** The columns of a change of the contract, in `sluice diff` and where one is refused. */
export const changeColumns = ['CALLERS', 'CHANGE', 'BEFORE', 'AFTER', 'WHY'] as const

function findingLines({ code, errors }: Problem): string[] {
  if (code === 'golden-check-failed')
    return table(['PLACE', 'EXPECTED', 'FOUND', 'OFF BY'], errors.map(answerRow)).split('\n')
  if (errors.every(({ change }) => change !== undefined))
    return table(changeColumns, errors.map(changeRow)).split('\n')
  return errors.map(
    ({ pointer, found, allowed, line }) =>
      `${line === undefined ? '' : `line ${line} `}${pointer || '(whole)'}: found ${found}; allowed ${allowed}`,
  )
}

function answerRow({ pointer, found, allowed, offBy }: Finding): string[] {
  return [pointer, allowed, found, offBy === undefined ? '-' : `${offBy}`]
}

function changeRow({ found, allowed, change }: Finding): string[] {
  return [change?.callers ?? '-', change?.what ?? '-', dash(allowed), dash(found), change?.why ?? '-']
}

function dash(text: string): string {
  return text === 'nothing' ? '-' : text
}
