import { isProblem, type Problem } from '../../lib/rules/problem.ts'

/** The Problem that a promise is refused with. A promise that is kept, or fails in any other way, fails the test. */
export async function refused(promise: Promise<unknown>): Promise<Problem> {
  const answer = await promise.catch((error) => {
    if (isProblem(error)) return error
    throw error
  })
  if (isProblem(answer)) return answer
  throw new Error(`this was not refused: ${JSON.stringify(answer)}`)
}
