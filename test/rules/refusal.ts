import { isProblem, type Problem } from '../../lib/rules/problem.ts'

/** The Problem that an action is refused with. An action that succeeds, or fails in any other way, fails the test. */
export function refusal(action: () => unknown): Problem {
  const answer = answerOrRefusal(action)
  if (isProblem(answer)) return answer
  throw new Error(`this was not refused: ${JSON.stringify(answer)}`)
}

/** What an action answers, or the Problem it is refused with. Any other error fails the test. */
export function answerOrRefusal<T>(action: () => T): T | Problem {
  try {
    return action()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
}
