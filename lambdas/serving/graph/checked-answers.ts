import { isProblem, Problem } from '../../../lib/rules/problem.ts'
import { type RequestValidator, requestValidator } from '../../../lib/rules/request-validation.ts'
import type { Signature } from '../../../lib/rules/signature.ts'

const validators = new WeakMap<Signature, RequestValidator>()

/**
 * Hold answers to what a signature promises: what flows on in a graph must be what the next was promised.
 * @param who answers, for people
 * @returns the answers as they are
 * @throws Problem `graph-failed`
 */
export function checkedAnswers(
  signature: Signature,
  answers: readonly unknown[],
  who: () => string,
): readonly unknown[] {
  const { outputs } = signature
  const [only] = outputs
  const isBare = outputs.length === 1 && only !== undefined
  const records = isBare ? answers.map((answer) => ({ [only.name]: answer })) : answers
  const pointer = (index: number, path: string) => `/predictions/${index}${isBare ? '' : path}`
  try {
    if (answers.length > 0) validatorOf(signature)({ records, pointer })
    return answers
  } catch (error) {
    if (!isProblem(error)) throw error
    throw new Problem(
      'graph-failed',
      `${who()} answers something else than its signature promises: ${error.message}`,
      error.errors,
    )
  }
}

function validatorOf(signature: Signature): RequestValidator {
  const known = validators.get(signature)
  if (known !== undefined) return known
  const made = requestValidator({ inputs: signature.outputs, outputs: signature.outputs })
  validators.set(signature, made)
  return made
}
