import { expect, test } from '@jest/globals'
import { runtimes } from '../../lib/rules/manifest.ts'
import { recognise } from '../../lib/rules/runtime-detection.ts'
import { refusal } from './refusal.ts'

test.each([
  ['model.onnx', ['model.onnx']],
  ['model.onnx', ['examples/one.json', 'model.onnx', 'model.yaml']],
  ['weights/v2.onnx', ['weights/v2.onnx', 'model.yaml']],
])('%s is the model among %j', (entry, paths) => {
  expect(recognise(paths, undefined)).toEqual({ runtime: 'onnx', entry })
  expect(recognise(paths, 'onnx')).toEqual({ runtime: 'onnx', entry })
})

test.each([
  ['model.joblib', ['model.joblib', 'requirements.txt', 'model.yaml']],
  ['model.pkl', ['model.pkl']],
  ['model.pickle', ['model.pickle']],
  ['model.skops', ['model.skops', 'examples/one.json']],
  ['predict.py', ['predict.py', 'model.yaml']],
  ['predict.py', ['weights.onnx', 'a.joblib', 'b.pkl', 'predict.py']],
])('%s is the model for Python among %j', (entry, paths) => {
  expect(recognise(paths, undefined)).toEqual({ runtime: 'python', entry })
  expect(recognise(paths, 'python')).toEqual({ runtime: 'python', entry })
})

test('a declared runtime tells which of two models is meant', () => {
  const paths = ['model.onnx', 'model.joblib', 'model.yaml']
  expect(recognise(paths, 'onnx')).toEqual({ runtime: 'onnx', entry: 'model.onnx' })
  expect(recognise(paths, 'python')).toEqual({ runtime: 'python', entry: 'model.joblib' })
  expect(recognise(['model.onnx', 'predict.py'], 'onnx')).toEqual({ runtime: 'onnx', entry: 'model.onnx' })
})

test.each([
  ['nothing', [], 'nothing'],
  ['a manifest alone', ['model.yaml'], 'nothing'],
  ['files of another kind', ['model.yaml', 'model.pt', 'a.onnx.txt'], 'model.pt, a.onnx.txt'],
  ['a program in a folder', ['src/predict.py'], 'src/predict.py'],
  ['more files than fit a sentence', ['a', 'b', 'c', 'd', 'e', 'f'], 'a, b, c, d, e'],
  ['two models', ['a.onnx', 'b.onnx'], 'a.onnx, b.onnx'],
  ['two models of two runtimes', ['a.onnx', 'b.joblib'], 'a.onnx, b.joblib'],
  ['two models of one runtime', ['a.pkl', 'b.joblib'], 'a.pkl, b.joblib'],
])('%s is not recognised, and what was found is told', (_, paths, told) => {
  const problem = refusal(() => recognise(paths, undefined))
  expect(problem.code).toBe('artifact-unrecognised')
  expect(problem.message).toContain(told)
})

test.each([
  ['onnx', ['model.joblib', 'predict.py'], /no \.onnx file among: model\.joblib/],
  ['python', ['model.onnx'], /no \.joblib, .* or predict\.py file among: model\.onnx/],
] as const)('a declared runtime %s does not take the files %j', (runtime, paths, told) => {
  const problem = refusal(() => recognise(paths, runtime))
  expect(problem.code).toBe('artifact-unrecognised')
  expect(problem.message).toMatch(told)
})

test.each(runtimes.filter((runtime) => runtime !== 'onnx' && runtime !== 'python'))(
  'a declared runtime %s is not served yet',
  (runtime) => {
    const problem = refusal(() => recognise(['model.onnx'], runtime))
    expect(problem.code).toBe('artifact-unrecognised')
    expect(problem.message).toContain(`'${runtime}' is not served yet; today onnx and python are`)
  },
)
