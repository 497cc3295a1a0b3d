import type { Field } from '../signature.ts'

/** How an objective of XGBoost answers, where it is not with a number: by name of the output. */
const answers: Readonly<Record<string, 'probabilities' | 'probability' | 'label'>> = {
  'multi:softprob': 'probabilities',
  'multi:softmax': 'label',
  'binary:logistic': 'probability',
  'binary:hinge': 'label',
}

/**
 * The one output of `Booster.predict`.
 * @param width the classes of a model of several, or the targets of one that answers several at once
 */
export function xgboostOutput(objective: string, classes: number, targets: number): Field {
  const answer = Object.hasOwn(answers, objective) ? answers[objective] : undefined
  const bare = { type: 'float32', shape: [] } as const
  if (answer === 'probabilities') return { name: answer, type: 'float32', shape: [classes] }
  if (answer === 'label') return { name: answer, type: 'int64', shape: targets > 1 ? [targets] : [] }
  if (targets > 1)
    return {
      name: answer === 'probability' ? 'probabilities' : 'prediction',
      type: 'float32',
      shape: [targets],
    }
  return { name: answer ?? 'prediction', ...bare }
}
