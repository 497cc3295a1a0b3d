import { expect, test } from '@jest/globals'
import { pinFacts } from '../../../lib/rules/python/pin-metadata.ts'

const bare = (name: string, type: string) => ({ name, type, shape: [] })

/** As vetiver 0.2.6 and pins 0.9.2 write it. */
const written = (prototype: string) => `api_version: 1
created: 20261130T091753Z
description: A scikit-learn RandomForestClassifier model
file: iris.joblib
file_size: 20465
pin_hash: 2d4567ced52637a1
title: 'iris: a pinned RandomForestClassifier object'
type: joblib
user:
  user: {}
  vetiver_meta:
    prototype: ${prototype}
    python_version: [3, 11, 7, final, 0]
    required_pkgs:
    - scikit-learn
`

test('a prototype tells the inputs by the types of its values', () => {
  const facts = pinFacts(written(`'{"age": 4, "size": 5.0, "far": 1e3, "am": true, "plan": "a 1.5"}'`))
  expect(facts).toEqual({
    inputs: [
      ...[bare('age', 'int64'), bare('size', 'float64'), bare('far', 'float64')],
      ...[bare('am', 'boolean'), bare('plan', 'string')],
    ],
    requiredPackages: ['scikit-learn'],
  })
})

test('a prototype on two lines of YAML is read as one', () => {
  expect(pinFacts(written(`'{"a": 0.1,\n      "b": 2}'`)).inputs).toEqual([
    bare('a', 'float64'),
    bare('b', 'int64'),
  ])
})

test('the prototype of an array is one row', () => {
  const { inputs } = pinFacts(written(`'{"0": 5, "1": 3.5, "2": 1.4}'`))
  expect(inputs).toEqual([{ name: 'input', type: 'float64', shape: [3] }])
  expect(pinFacts(written(`'{"0": "a", "1": 3.5}'`)).inputs).toEqual([
    bare('0', 'string'),
    bare('1', 'float64'),
  ])
})

test.each(['null', "'{}'", `'{"a": null}'`, `'{"a": [1]}'`, `'[1, 2]'`, "'no JSON'"])(
  'the prototype %s tells no inputs',
  (prototype) => {
    expect(pinFacts(written(prototype))).toEqual({ requiredPackages: ['scikit-learn'] })
  },
)

test.each(['user: {required_pkgs: [xgboost], prototype: null}', 'user:', 'a: [', ''])(
  'metadata of another writer, %j, tells what it can',
  (text) => {
    const requiredPackages = text.includes('xgboost') ? ['xgboost'] : []
    expect(pinFacts(text)).toEqual({ requiredPackages })
  },
)
