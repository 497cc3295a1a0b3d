import type { Field, Signature } from '../signature.ts'
import type { NativeFlavour } from './mlflow-flavour.ts'

/** What a method of an estimator answers, by our names. */
const outputsOfMethods: Readonly<Record<string, string>> = {
  predict_proba: 'probabilities',
  decision_function: 'scores',
}

/** What an answer is called where neither MLflow nor the model itself names it. */
export function answerName({ method, modelClass = '' }: NativeFlavour): string {
  if (modelClass.endsWith('Classifier')) return 'label'
  return (Object.hasOwn(outputsOfMethods, method) ? outputsOfMethods[method] : undefined) ?? 'prediction'
}

/**
 * What the model itself tells of the one method that MLflow asks: an estimator has several, and MLflow answers with one.
 * @returns undefined where that is not known
 */
export function ownSignature(
  { flavour, method, modelClass = '' }: NativeFlavour,
  known: Signature | { readonly unknown: string },
  objective = '',
): Signature | undefined {
  if ('unknown' in known) return undefined
  const output = flavour === 'sklearn' ? answerOf(method, known) : answerOfTrees(modelClass, objective, known)
  return output === undefined ? undefined : { inputs: known.inputs, outputs: [output] }
}

function answerOf(method: string, { outputs }: Signature): Field | undefined {
  if (method === 'predict') return outputs.find(({ name }) => name === 'label' || name === 'prediction')
  const name = Object.hasOwn(outputsOfMethods, method) ? outputsOfMethods[method] : undefined
  return outputs.find((output) => output.name === name)
}

/** A classifier of XGBoost answers with the label where its trees answer with probabilities: one of them, or one a target. */
function answerOfTrees(modelClass: string, objective: string, { outputs }: Signature): Field | undefined {
  const [own] = outputs
  if (!modelClass.endsWith('Classifier') || own === undefined) return own
  return { name: 'label', type: 'int64', shape: objective.startsWith('multi:') ? [] : own.shape }
}
