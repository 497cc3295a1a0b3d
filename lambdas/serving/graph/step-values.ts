import type { Context, Evaluate } from '../../../lib/rules/graph/evaluation.ts'
import { isProblem, Problem, shown } from '../../../lib/rules/problem.ts'

/** The value of an expression. @throws Error where it gives none */
export async function evaluated(evaluate: Evaluate, context: Context): Promise<unknown> {
  const value = evaluate(context)
  const settled = value instanceof Promise ? await value : value
  if (settled === undefined) throw new Error('its expression gives nothing')
  return settled
}

/** Whether a condition holds; one that gives nothing does not. @throws Error where it gives anything else than true or false */
export async function holds(evaluate: Evaluate, context: Context): Promise<boolean> {
  const value = evaluate(context)
  const settled = value instanceof Promise ? await value : value
  if (settled === undefined) return false
  if (typeof settled === 'boolean') return settled
  throw new Error(`its condition gives ${shown(settled)}, and allowed is true or false`)
}

/** A failure of a step, told by its name; one that is told already is left as it is. */
export function stepProblem(step: string, pointer: string, error: unknown): unknown {
  if (isProblem(error) || !Error.isError(error) || error.name === 'Stopped') return error
  const found = error.message
  return new Problem('graph-failed', `${step} failed: ${found}`, [
    { pointer, found, allowed: 'a value for every record that is let in' },
  ])
}
