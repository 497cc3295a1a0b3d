import { expect, test } from '@jest/globals'
import { sklearnFacts } from '../../../lib/rules/python/sklearn-artifact.ts'
import { isTrusted } from '../../../lib/rules/python/trusted-globals.ts'
import type { Field, Signature } from '../../../lib/rules/signature.ts'
import { fixtureJson, readFixture, type Truth } from './sklearn-fixtures.ts'

const truths = fixtureJson<Record<string, Truth>>('expected.json')
const files = Object.keys(truths).filter((file) => !/\.(?:bz2|xz|lzma)\./.test(file))
const truthOf = (file: string) => truths[file] as Truth
const named = (name: string) => (file: string) => file.startsWith(`${name}.`)
const withoutSignature = ['columns', 'forest-two-outputs']
const telling = files.filter((file) => ![...withoutSignature, 'text'].some((name) => named(name)(file)))

const types: Readonly<Record<string, Field['type']>> = {
  O: 'string',
  U: 'string',
  b: 'boolean',
  f: 'float64',
  i: 'int64',
}

/** What a signature must say, by what scikit-learn's own predict and predict_proba gave. */
function signatureOf({ names, features, classes, kind, shape, probabilities }: Truth): Signature {
  const bare = (name: string, type: Field['type'], of: readonly number[] = []) => ({ name, type, shape: of })
  return {
    inputs: names?.map((name) => bare(name, 'float64')) ?? [bare('input', 'float64', [features ?? 0])],
    outputs:
      classes === null
        ? [bare('prediction', 'float64', shape)]
        : [
            bare('label', types[kind] ?? 'uint8'),
            ...(probabilities ? [bare('probabilities', 'float64', [classes])] : []),
          ],
  }
}

test.each(telling)('%s says what scikit-learn says of the model that it was written from', (file) => {
  const { estimator, scikitLearnVersion, usesDataFrames, signature } = sklearnFacts(readFixture(file))
  expect(signature).toEqual(signatureOf(truthOf(file)))
  expect({ estimator, scikitLearnVersion, usesDataFrames }).toEqual({
    estimator: truthOf(file).estimator,
    scikitLearnVersion: '1.9.1',
    usesDataFrames: false,
  })
})

test.each(files)('%s names nothing that is not trusted', (file) => {
  const { globals } = readFixture(file)
  expect(globals.length).toBeGreaterThan(1)
  expect(globals.filter((one) => !isTrusted(one))).toEqual([])
})

test.each(files.filter(named('text')))('%s takes a text', (file) => {
  const { signature } = sklearnFacts(readFixture(file))
  expect(signature).toMatchObject({ inputs: [{ name: 'text', type: 'string', shape: [] }] })
})

test.each(files.filter(named('columns')))(
  '%s takes columns of types that it does not tell, and data frames',
  (file) => {
    const { signature, usesDataFrames } = sklearnFacts(readFixture(file))
    expect(signature).toEqual({ unknown: expect.stringMatching(/ColumnTransformer/) })
    expect(usesDataFrames).toBe(true)
  },
)

test.each(files.filter(named('forest-two-outputs')))('%s answers several labels, which is told', (file) => {
  expect(sklearnFacts(readFixture(file)).signature).toEqual({
    unknown: expect.stringMatching(/RandomForestClassifier answers several labels/),
  })
})
