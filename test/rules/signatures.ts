import { type RequestValidator, requestValidator } from '../../lib/rules/request-validation.ts'
import type { Signature } from '../../lib/rules/signature.ts'

/** Three named scalars. */
export const churn: Signature = {
  inputs: [
    { name: 'tenure', type: 'float32', shape: [] },
    { name: 'plan', type: 'string', shape: [], values: ['basic', 'gold'] },
    { name: 'visits', type: 'int64', shape: [] },
  ],
  outputs: [{ name: 'probability', type: 'float64', shape: [] }],
}

/** One tensor: a record is a row of 30. */
export const cancer: Signature = {
  inputs: [{ name: 'features', type: 'float32', shape: [30] }],
  outputs: [
    { name: 'label', type: 'int64', shape: [] },
    { name: 'probabilities', type: 'float32', shape: [2] },
  ],
}

/** One bare value. */
export const single: Signature = {
  inputs: [{ name: 'x', type: 'float64', shape: [] }],
  outputs: [{ name: 'y', type: 'float64', shape: [] }],
}

/** A row of 30, with some of its elements replaced. */
export function row(replaced: Readonly<Record<number, unknown>> = {}): unknown[] {
  return Array.from({ length: 30 }, (_, i) => (i in replaced ? replaced[i] : i / 2))
}

const validators = new Map<Signature, RequestValidator>()

/** The validator of a signature, compiled once a file: that takes longer than everything else. */
export function validatorOf(signature: Signature): RequestValidator {
  const validator = validators.get(signature) ?? requestValidator(signature)
  validators.set(signature, validator)
  return validator
}
