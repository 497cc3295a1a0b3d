import { isProblem, isProblemCode, Problem, type ProblemFacts } from '../lib/rules/problem.ts'

/** What every step is given: the operation it works for, the rest is in the registry. */
export interface StepInput {
  readonly operation: string
  /** Which execution of the operation's machine this is: 0 for the first. */
  readonly execution: number
}

/** One task of a workflow. The same call may come twice: a step is idempotent. */
export type Step<Input extends StepInput = StepInput, Output extends object = object> = (
  input: Input,
) => Promise<Output>

/** What a machine's Catch hands to the step that cleans up. */
export interface StepFailure {
  readonly Error: string
  readonly Cause: string
}

/** The error of a step that is over: never retried, since it would say the same again. */
const problemError = 'Problem'

/**
 * The error as it must leave a step, in both worlds: a Problem's facts travel as JSON in its message, which a Catch
 * hands on as `Cause`. Everything else leaves as it is, is retried, and ends as `platform-fault`.
 */
export function leavingError(error: unknown): Error {
  if (isProblem(error)) return Object.assign(new Error(JSON.stringify(error.facts)), { name: problemError })
  return Error.isError(error) ? error : new Error(String(error))
}

/** A Problem as a machine's Catch hands it to the step that cleans up. */
export function failureOf(problem: Problem): StepFailure {
  return { Error: problemError, Cause: JSON.stringify({ errorMessage: JSON.stringify(problem.facts) }) }
}

/**
 * Read a Problem back out of what a Catch hands over. It is told by what it says and not by the error's name, which not
 * everything that runs a step passes on.
 */
export function caughtProblem({ Error: name, Cause: cause }: StepFailure): Problem {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage: string }
    const facts = JSON.parse(errorMessage) as ProblemFacts
    if (isProblemCode(facts.code)) return Problem.of(facts)
  } catch {
    // Not one of ours: said below.
  }
  const what = name === 'States.Timeout' ? 'did not end in time' : 'failed again and again'
  return new Problem('platform-fault', `a step of the workflow ${what} (${name})`)
}
