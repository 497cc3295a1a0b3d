import { expect, test } from '@jest/globals'
import type { PythonObject, PythonValue } from '../../../lib/rules/python/python-value.ts'
import { sklearnFacts } from '../../../lib/rules/python/sklearn-artifact.ts'
import * as estimators from '../../../lib/rules/python/sklearn-estimators.ts'
import { chainOf, hasProbabilities, outputCount } from '../../../lib/rules/python/sklearn-model.ts'
import { fixtureJson } from './sklearn-fixtures.ts'

const known = fixtureJson<{ classifier: string[]; regressor: string[] }>('estimators.json')
const delegating = [...estimators.delegates.keys()]

test('every classifier of scikit-learn is in one list, but for those of several labels', () => {
  const listed = [
    ...estimators.probabilisticClassifiers,
    ...estimators.labelClassifiers,
    ...estimators.conditionalClassifiers,
    ...delegating.filter((name) => known.classifier.includes(name)),
  ]
  const several = ['ClassifierChain', 'MultiOutputClassifier']
  expect([...listed, ...several].toSorted()).toEqual(known.classifier.toSorted())
})

test('every regressor of scikit-learn is in one list, but for those whose shapes changed or are their own', () => {
  const listed = [...estimators.regressors, ...delegating.filter((name) => known.regressor.includes(name))]
  const others = ['CCA', 'IsotonicRegression', 'PLSCanonical', 'PLSRegression']
  expect([...listed, ...others].toSorted()).toEqual(known.regressor.toSorted())
})

function estimator(name: string, attributes: Readonly<Record<string, PythonValue>> = {}): PythonObject {
  return {
    kind: 'object',
    callee: { kind: 'global', module: 'sklearn.made', name },
    args: null,
    items: [],
    state: { kind: 'dict', entries: Object.entries(attributes).flat() },
  }
}

const list = (...items: PythonValue[]): PythonValue => ({ kind: 'list', items })
const array = (...shape: number[]): PythonValue => ({ kind: 'array', dtype: 'f8', shape })

test.each<[boolean | undefined, string, Readonly<Record<string, PythonValue>>]>([
  [true, 'RandomForestClassifier', {}],
  [false, 'LinearSVC', {}],
  [true, 'SVC', { probability: true }],
  [false, 'SVC', { probability: false }],
  [false, 'NuSVC', {}],
  [true, 'SGDClassifier', { loss: 'modified_huber' }],
  [false, 'SGDClassifier', { loss: 'hinge' }],
  [true, 'VotingClassifier', { voting: 'soft' }],
  [false, 'VotingClassifier', { voting: 'hard' }],
  [true, 'StackingClassifier', { final_estimator_: estimator('LogisticRegression') }],
  [false, 'StackingClassifier', { final_estimator_: estimator('RidgeClassifier') }],
  [undefined, 'StackingClassifier', { final_estimator_: estimator('Ours') }],
  [true, 'OneVsRestClassifier', { estimators_: list(estimator('GaussianNB')) }],
  [false, 'OneVsRestClassifier', { estimators_: list(estimator('LinearSVC')) }],
  [undefined, 'OneVsRestClassifier', { estimators_: list() }],
  [undefined, 'ClassifierChain', {}],
])('%s: %s with %j has probabilities', (expected, name, attributes) => {
  expect(hasProbabilities(estimator(name, attributes))).toBe(expected)
})

test.each<[number, string, Readonly<Record<string, PythonValue>>]>([
  [3, 'RandomForestRegressor', { n_outputs_: 3 }],
  [1, 'LinearRegression', { coef_: array(4) }],
  [2, 'LinearRegression', { coef_: array(2, 4) }],
  [2, 'KNeighborsRegressor', { _y: array(17, 2) }],
  [1, 'KNeighborsRegressor', { _y: array(17) }],
  [3, 'GaussianProcessRegressor', { y_train_: array(17, 3) }],
  [2, 'KernelRidge', { dual_coef_: array(17, 2) }],
  [1, 'SVR', { dual_coef_: array(1, 17) }],
  [2, 'RegressorChain', { estimators_: list(estimator('Ridge'), estimator('Ridge')) }],
  [5, 'BaggingRegressor', { estimators_: list(estimator('DecisionTreeRegressor', { n_outputs_: 5 })) }],
])('%i outputs has a %s with %j', (count, name, attributes) => {
  expect(outputCount(estimator(name, attributes))).toBe(count)
})

test('models that hold themselves come to an end', () => {
  const circular = (name: string, attribute: string, wrap = (one: PythonValue) => one) => {
    const model = estimator(name)
    model.state = { kind: 'dict', entries: [attribute, wrap(model)] }
    return model
  }
  const search = circular('GridSearchCV', 'best_estimator_')
  expect(chainOf(search, 'last')).toHaveLength(20)
  const pipeline = circular('Pipeline', 'steps', (one) => list({ kind: 'tuple', items: ['a', one] }))
  expect(chainOf(pipeline, 'first')).toHaveLength(20)
  expect(hasProbabilities(circular('StackingClassifier', 'final_estimator_'))).toBeUndefined()
  expect(outputCount(circular('BaggingRegressor', 'estimators_', (one) => list(one)))).toBe(1)
})

test('a class of somebody else is not taken for one of scikit-learn by its name', () => {
  const model = estimator('LogisticRegression', { n_features_in_: 3, coef_: array(3) })
  const theirs = { ...model, callee: { kind: 'global', module: 'mine', name: 'LogisticRegression' } } as const
  expect(sklearnFacts({ value: theirs, globals: [] })).toMatchObject({
    signature: { unknown: expect.stringMatching(/not of scikit-learn/) },
  })
})

test('labels of several at once are told apart from labels', () => {
  const classes = { kind: 'array', dtype: 'i8', shape: [3] } as const
  const binarizer = estimator('LabelBinarizer', { y_type_: 'multilabel-indicator' })
  const model = estimator('MLPClassifier', {
    n_features_in_: 3,
    classes_: classes,
    _label_binarizer: binarizer,
  })
  expect(sklearnFacts({ value: model, globals: [] }).signature).toMatchObject({
    unknown: expect.stringMatching(/several labels/),
  })
})
