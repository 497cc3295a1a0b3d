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
  ['nothing', [], 'nothing'],
  ['a manifest alone', ['model.yaml'], 'nothing'],
  ['files of another kind', ['model.yaml', 'model.pkl', 'a.onnx.txt'], 'model.pkl, a.onnx.txt'],
  ['more files than fit a sentence', ['a', 'b', 'c', 'd', 'e', 'f'], 'a, b, c, d, e'],
  ['two models', ['a.onnx', 'b.onnx'], 'a.onnx, b.onnx'],
])('%s is not recognised, and what was found is told', (_, paths, told) => {
  const problem = refusal(() => recognise(paths, undefined))
  expect(problem.code).toBe('artifact-unrecognised')
  expect(problem.message).toContain(told)
})

test.each(runtimes.filter((runtime) => runtime !== 'onnx'))(
  'a declared runtime %s is not served yet',
  (runtime) => {
    const problem = refusal(() => recognise(['model.onnx'], runtime))
    expect(problem.code).toBe('artifact-unrecognised')
    expect(problem.message).toContain(`'${runtime}'`)
  },
)
