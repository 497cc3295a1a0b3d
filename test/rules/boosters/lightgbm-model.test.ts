import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { boosterSentence } from '../../../lib/rules/boosters/booster.ts'
import { boosterRequirements } from '../../../lib/rules/boosters/booster-requirements.ts'
import { readLightgbmModel } from '../../../lib/rules/boosters/lightgbm-model.ts'
import { isProblem } from '../../../lib/rules/problem.ts'
import { describeFields } from '../../../lib/rules/signature.ts'
import { answerOrRefusal, refusal } from '../refusal.ts'

const place = join(import.meta.dirname, '..', '..', 'fixtures', 'boosters', 'categories.txt')
const fixture = new Uint8Array(readFileSync(place))
const bytesOf = (text: string) => new TextEncoder().encode(text)

interface Written {
  readonly objective?: string
  readonly classes?: number
  readonly names?: string
  readonly infos?: string
  readonly pandas?: string
}

function modelOf({
  objective = 'objective=regression\n',
  classes = 1,
  names = 'a b',
  infos,
  pandas,
}: Written) {
  const head = `tree\nversion=v4\nnum_class=${classes}\nmax_feature_idx=1\n${objective}feature_names=${names}\n`
  return bytesOf(
    `${head}feature_infos=${infos ?? '[0:1] [0:1]'}\n\nTree=0\n\npandas_categorical:${pandas ?? 'null'}\n`,
  )
}
const read = (written: Written) => readLightgbmModel('model.txt', modelOf(written))
function sides(written: Written) {
  const { signature } = read(written)
  return 'unknown' in signature
    ? signature.unknown
    : `${describeFields(signature.inputs)} -> ${describeFields(signature.outputs)}`
}

test('a text of LightGBM tells all that it takes', () => {
  const facts = readLightgbmModel('model.txt', fixture)
  expect(boosterSentence('model.txt', facts)).toBe(
    'model.txt holds boosted trees of LightGBM for regression; categorical: k (3 categories), n (2 categories)',
  )
  expect(facts.signature).toMatchObject({
    inputs: [
      ...['sepal_length_(cm)', 'sepal_width_(cm)', 'petal_length_(cm)', 'petal_width_(cm)'].map((name) => ({
        name,
      })),
      { name: 'k', type: 'string', values: ['a', 'b', 'c'] },
      { name: 'i', type: 'float64' },
      { name: 'bo', type: 'float64' },
      { name: 'n', type: 'int64' },
    ],
  })
})

test.each<[string, Written, string]>([
  ['a regression', {}, 'a: float64, b: float64 -> prediction: float64'],
  ['no objective', { objective: '' }, 'a: float64, b: float64 -> prediction: float64'],
  ['no names', { names: 'Column_0 Column_1' }, 'input: float64[2] -> prediction: float64'],
  [
    'two classes',
    { objective: 'objective=binary sigmoid:1\n' },
    'a: float64, b: float64 -> probability: float64',
  ],
  [
    'three classes',
    { objective: 'objective=multiclass num_class:3\n', classes: 3 },
    'a: float64, b: float64 -> probabilities: float64[3]',
  ],
  ['several of its own', { objective: '', classes: 3 }, 'a: float64, b: float64 -> prediction: float64[3]'],
  ['numbers of categories', { infos: '0:1:2 [0:1]' }, 'a: int64, b: float64 -> prediction: float64'],
  ['names of which there are more', { names: 'a b c' }, 'it takes 2 features and names 3'],
  ['two alike', { names: 'a a' }, 'it takes 2 features and names 1'],
])('%s: what it takes and answers', (_, written, said) => {
  expect(sides(written)).toBe(said)
})

describe('what pandas knew of categories', () => {
  test('is told in the order of the columns', () => {
    const { signature } = read({ infos: '0:1 0:1', pandas: '[["x", "y"], [10, 20]]' })
    expect(signature).toMatchObject({ inputs: [{ type: 'string', values: ['x', 'y'] }, { type: 'int64' }] })
  })

  test('is left where it is of other columns than are told, or is none', () => {
    for (const pandas of ['[["x"]]', '[["x"], 7]', '[[{}], ["y"]]', '[[', '7'])
      expect(read({ infos: '0:1 0:1', pandas }).signature).toMatchObject({
        inputs: [{ type: 'int64' }, { type: 'int64' }],
      })
  })

  test('is not in the signature where it is very much', () => {
    const names = JSON.stringify([Array.from({ length: 5_000 }, (_, i) => `category ${i}`)])
    const { signature, categorical } = read({ infos: '0:1 [0:1]', pandas: names })
    expect(signature).toMatchObject({ inputs: [{ type: 'string' }, {}] })
    expect(JSON.stringify(signature)).not.toContain('category 1')
    expect(categorical).toEqual([{ name: 'a', count: 5_000 }])
  })
})

test('a text that is none is refused by its name, and one with any byte changed is read or refused', () => {
  for (const text of [
    '',
    'tree',
    'tree\nmax_feature_idx=-1\n\n',
    'tree\nmax_feature_idx=1e99\n\n',
    'forest\n\n',
  ])
    expect(refusal(() => readLightgbmModel('notes.txt', bytesOf(text))).message).toBe(
      'notes.txt is no model of LightGBM as save_model writes it',
    )
  fc.assert(
    fc.property(fc.nat(fixture.length - 1), fc.nat(255), (at, byte) => {
      const changed = fixture.slice()
      changed[at] = byte
      const said = answerOrRefusal(() => readLightgbmModel('model.txt', changed))
      expect(isProblem(said) ? said.code : 'answered').toMatch(/^(artifact-corrupt|answered)$/)
    }),
    { numRuns: 1_000 },
  )
})

test('a hostile text takes no time', () => {
  const started = performance.now()
  for (const text of [
    `tree\nmax_feature_idx=900000000\nfeature_names=${'a '.repeat(2 ** 20)}\n\n`,
    `tree\nmax_feature_idx=1\nfeature_names=a b\nfeature_infos=${'0:'.repeat(2 ** 20)} x\n\n`,
    `tree\nmax_feature_idx=1\n${'\npandas_categorical:'.repeat(200_000)}`,
    `tree\n${'='.repeat(2 ** 21)}`,
  ])
    answerOrRefusal(() => readLightgbmModel('model.txt', bytesOf(text)))
  expect(performance.now() - started).toBeLessThan(3_000)
})

test('LightGBM says of no version which it is, so any is asked for', () => {
  expect(boosterRequirements(read({}))).toBe('lightgbm\n')
})
