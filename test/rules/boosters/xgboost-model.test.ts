import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { boosterSentence } from '../../../lib/rules/boosters/booster.ts'
import { boosterRequirements } from '../../../lib/rules/boosters/booster-requirements.ts'
import { readXgboostModel, xgboostForm } from '../../../lib/rules/boosters/xgboost-model.ts'
import { isProblem } from '../../../lib/rules/problem.ts'
import { checkedRequirements } from '../../../lib/rules/python/python-requirements.ts'
import { describeFields } from '../../../lib/rules/signature.ts'
import { answerOrRefusal, refusal } from '../refusal.ts'
import { ubjsonOf } from './ubjson.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'boosters')
const fixture = (file: string) => new Uint8Array(readFileSync(join(fixtures, file)))
const jsonOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

/** A model as XGBoost writes one, with what a test is about in its place. */
const modelOf = (learner: object, version: unknown = [3, 2, 0]) => ({
  learner: {
    attributes: {},
    feature_names: [],
    feature_types: [],
    gradient_booster: { model: { trees: [] }, name: 'gbtree' },
    learner_model_param: { num_class: '0', num_feature: '4', num_target: '1' },
    objective: { name: 'reg:squarederror' },
    ...learner,
  },
  version,
})
const read = (learner: object, version?: unknown) =>
  readXgboostModel('model.json', jsonOf(modelOf(learner, version)))
const outputOf = (objective: string, numbers: object) => {
  const { signature } = read({
    objective: { name: objective },
    learner_model_param: { num_class: '0', num_feature: '4', num_target: '1', ...numbers },
  })
  return 'unknown' in signature ? signature.unknown : describeFields(signature.outputs)
}

test.each(['categories.json', 'categories.ubj'])('%s of XGBoost tells all that it takes', (file) => {
  const facts = readXgboostModel(file, fixture(file))
  expect(boosterSentence(file, facts)).toBe(
    `${file} holds boosted trees of XGBoost 3.2.0 for reg:squarederror; categorical: k (3 categories)`,
  )
  expect(facts.signature).toMatchObject({
    inputs: [
      ...['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'].map((name) => ({
        name,
        type: 'float32',
        shape: [],
      })),
      { name: 'k', type: 'string', shape: [], values: ['a', 'b', 'c'] },
      { name: 'i', type: 'int64', shape: [] },
      { name: 'bo', type: 'boolean', shape: [] },
    ],
    outputs: [{ name: 'prediction', type: 'float32', shape: [] }],
  })
})

test('both forms say the same', () => {
  expect(readXgboostModel('a', ubjsonOf(modelOf({ feature_names: ['a', 'b', 'c', 'd'] })))).toEqual(
    readXgboostModel('a', jsonOf(modelOf({ feature_names: ['a', 'b', 'c', 'd'] }))),
  )
})

test.each([
  ['multi:softprob', { num_class: '3' }, 'probabilities: float32[3]'],
  ['multi:softmax', { num_class: '3' }, 'label: int64'],
  ['binary:logistic', {}, 'probability: float32'],
  ['binary:logistic', { num_target: '2' }, 'probabilities: float32[2]'],
  ['binary:hinge', {}, 'label: int64'],
  ['reg:squarederror', { num_target: '2' }, 'prediction: float32[2]'],
  ['rank:ndcg', {}, 'prediction: float32'],
  ['constructor', {}, 'prediction: float32'],
])('%s with %j answers %s', (objective, numbers, output) => {
  expect(outputOf(objective, numbers)).toBe(output)
})

describe('what is not told', () => {
  test.each([
    [{ learner_model_param: {} }, 'it does not tell how many features it takes'],
    [{ learner_model_param: { num_feature: '99999999999' } }, 'it does not tell how many features it takes'],
    [{ feature_names: ['a'] }, 'it takes 4 features and names 1'],
    [{ feature_names: ['a', 'b', 'c', 'c'] }, 'it names two features alike'],
  ])('is said: %j', (learner, unknown) => {
    expect(read(learner).signature).toEqual({ unknown })
  })

  test('is no name of a category that was cut in the middle of a letter: its number is taken', () => {
    const enc = [{ offsets: [0, 1, 2], values: [120, -61] }]
    const model = { cats: { enc } }
    const { signature, categorical } = read({
      feature_names: ['k', 'a', 'b', 'c'],
      feature_types: ['c', 'float', 'float', 'float'],
      gradient_booster: { model },
    })
    expect(signature).toMatchObject({ inputs: [{ name: 'k', type: 'int64' }, {}, {}, {}] })
    expect(categorical).toEqual([{ name: 'k' }])
  })

  test('is no version that is none', () => {
    for (const version of [null, [1], ['3; rm', 1, 2], [-1, 0, 0], [1.5, 0, 0]])
      expect(read({}, version).version).toBeUndefined()
  })
})

describe('a file that is no such model', () => {
  test('of the old binary format is told so, with what to do', () => {
    const old = Uint8Array.from([0x00, 0x00, 0x00, 0x3f, 0x04, 0, 0, 0, 0, 0, 0, 0])
    expect(xgboostForm(old)).toBe('binary')
    expect(xgboostForm(new TextEncoder().encode('binf....'))).toBe('binary')
    const { code, message } = refusal(() => readXgboostModel('model.bst', old))
    expect(code).toBe('artifact-corrupt')
    expect(message).toBe(
      'model.bst is neither JSON nor UBJSON. XGBoost has given up its old binary format in 3.1; where it is one, load it ' +
        "with the version that saved it, and save it anew: booster.save_model('model.ubj')",
    )
  })

  test('is told by its name', () => {
    expect(refusal(() => readXgboostModel('model.json', jsonOf({ weights: [] }))).message).toBe(
      'model.json is no model of XGBoost: it names no objective',
    )
    expect(refusal(() => readXgboostModel('m.ubj', fixture('categories.ubj').subarray(0, 900))).message).toBe(
      'm.ubj cannot be read as a model of XGBoost: it ends in the middle',
    )
  })

  test('or one with any byte changed is read or refused', () => {
    for (const file of ['categories.json', 'categories.ubj']) {
      const bytes = fixture(file)
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
          const changed = bytes.slice()
          changed[at] = byte
          const said = answerOrRefusal(() => readXgboostModel(file, changed))
          expect(isProblem(said) ? said.code : 'answered').toMatch(/^(artifact-corrupt|answered)$/)
        }),
        { numRuns: 1_000 },
      )
    }
  })
})

test.each([
  ['3.2.0', 'xgboost-cpu==3.2.0; sys_platform == "linux"\nxgboost==3.2.0; sys_platform != "linux"\n'],
  ['2.1.1', 'xgboost-cpu==2.1.1; sys_platform == "linux"\nxgboost==2.1.1; sys_platform != "linux"\n'],
  ['2.1.0', 'numpy<2\nxgboost==2.1.0\n'],
  ['1.7.6', 'numpy<2\nxgboost==1.7.6\n'],
  [undefined, 'xgboost-cpu; sys_platform == "linux"\nxgboost; sys_platform != "linux"\n'],
])('a model of XGBoost %s needs that version, and no GPU', (version, lines) => {
  const facts = { library: 'XGBoost', ...(version !== undefined && { version }) } as const
  expect(boosterRequirements(facts)).toBe(lines)
  expect(checkedRequirements(lines)).toBe(lines)
})
