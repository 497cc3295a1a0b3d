import { arrayOf, numberOf } from './numpy-value.ts'
import { attributeOf, classOf, isKind, itemsOf, type PythonGlobal, type PythonValue } from './python-value.ts'
import {
  conditionalClassifiers,
  delegates,
  labelClassifiers,
  probabilisticClassifiers,
} from './sklearn-estimators.ts'

/** Estimators inside one another that are looked through. */
const deepest = 20

/**
 * The estimators that stand in one another from the outermost inwards: through searches to what they found, through
 * pipelines to their first step (which takes the features) or their last (which answers).
 */
export function chainOf(model: PythonValue, end: 'first' | 'last'): readonly PythonValue[] {
  const chain: PythonValue[] = []
  let next: PythonValue | undefined = model
  while (next !== undefined && chain.length < deepest) {
    chain.push(next)
    next = innerOf(next, end)
  }
  return chain
}

/** Estimators that give the same features to each of several others. */
const ensembles = /^(?:Voting|Stacking)(?:Classifier|Regressor)$/

function innerOf(model: PythonValue, end: 'first' | 'last'): PythonValue | undefined {
  const name = nameOf(model)
  if (ensembles.test(name)) return end === 'first' ? itemsOf(attributeOf(model, 'estimators_'))[0] : undefined
  if (name !== 'Pipeline') return attributeOf(model, delegates.get(name) ?? '')
  const steps = itemsOf(attributeOf(model, 'steps'))
    .map((step) => itemsOf(step)[1])
    .filter((step) => isKind(step, 'object'))
  return end === 'first' ? steps[0] : steps[steps.length - 1]
}

/** The name of an estimator's class; '' where it has none of scikit-learn's. */
export function nameOf(model: PythonValue | undefined): string {
  const found: PythonGlobal | undefined = classOf(model)
  return found !== undefined && /^sklearn(?:\.|$)/.test(found.module) ? found.name : ''
}

/** An attribute of the outermost estimator of a chain that has it. */
export function firstAttribute(chain: readonly PythonValue[], name: string): PythonValue | undefined {
  for (const model of chain) {
    const found = attributeOf(model, name)
    if (found !== undefined && found !== null) return found
  }
  return undefined
}

/** Whether a classifier has predict_proba; undefined where that cannot be told. */
export function hasProbabilities(model: PythonValue | undefined, levels = deepest): boolean | undefined {
  const name = nameOf(model)
  if (probabilisticClassifiers.has(name)) return true
  if (labelClassifiers.has(name)) return false
  if (!conditionalClassifiers.has(name) || levels === 0) return undefined
  const within = (part: PythonValue | undefined) => {
    const chain = part === undefined ? [] : chainOf(part, 'last')
    return hasProbabilities(chain[chain.length - 1], levels - 1)
  }
  if (name === 'SGDClassifier')
    return ['log_loss', 'log', 'modified_huber'].includes(String(attributeOf(model, 'loss')))
  if (name === 'VotingClassifier') return attributeOf(model, 'voting') === 'soft'
  if (name === 'StackingClassifier') return within(attributeOf(model, 'final_estimator_'))
  if (name === 'OneVsRestClassifier') return within(itemsOf(attributeOf(model, 'estimators_'))[0])
  return attributeOf(model, 'probability') === true
}

/** Whether a classifier answers several labels a record. */
export function isMultilabel(model: PythonValue | undefined): boolean {
  return ['_label_binarizer', 'label_binarizer_'].some((name) =>
    String(attributeOf(attributeOf(model, name), 'y_type_')).startsWith('multilabel'),
  )
}

/** How many numbers a regressor answers a record. */
export function outputCount(model: PythonValue | undefined, levels = deepest): number {
  const name = nameOf(model)
  const counted = numberOf(attributeOf(model, 'n_outputs_'))
  if (counted !== undefined) return counted
  const parts = itemsOf(attributeOf(model, 'estimators_'))
  if (name === 'MultiOutputRegressor' || name === 'RegressorChain') return parts.length
  if (name === 'BaggingRegressor' && levels > 0) return outputCount(parts[0], levels - 1)
  const coefficients = arrayOf(attributeOf(model, 'coef_'))?.shape
  if (coefficients?.length === 2) return coefficients[0] ?? 1
  for (const target of ['_y', 'y_train_', ...(name === 'KernelRidge' ? ['dual_coef_'] : [])]) {
    const shape = arrayOf(attributeOf(model, target))?.shape
    if (shape?.length === 2) return shape[1] ?? 1
  }
  return 1
}
