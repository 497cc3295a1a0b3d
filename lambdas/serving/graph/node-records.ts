import type { InputRecord } from '../../../lib/rules/request-records.ts'
import { listed } from '../../../lib/rules/request-records.ts'
import type { Signature } from '../../../lib/rules/signature.ts'
import type { Contract } from '../ready-version.ts'
import type { Question } from './graph-run.ts'

/**
 * What a node is asked, held to what its version takes: by name, or bare where it takes one value.
 * @throws Problem `request-invalid`
 */
export function nodeRecords(
  { signature, validate }: Contract,
  { inputs, pick }: Pick<Question, 'inputs' | 'pick'>,
): readonly InputRecord[] {
  const values = inputs.map((input) => ofItsOwn(input, signature, pick))
  return validate(listed(values, '', signature))
}

function ofItsOwn(input: unknown, { inputs }: Signature, pick: boolean): unknown {
  const [only] = inputs
  const isNamed = typeof input === 'object' && input !== null && !Array.isArray(input)
  if (only !== undefined && inputs.length === 1 && !(isNamed && Object.hasOwn(input, only.name)))
    return pick && isNamed ? {} : { [only.name]: input }
  if (!pick || !isNamed) return input
  const own = inputs.filter(({ name }) => Object.hasOwn(input, name))
  return Object.fromEntries(own.map(({ name }) => [name, (input as InputRecord)[name]]))
}
