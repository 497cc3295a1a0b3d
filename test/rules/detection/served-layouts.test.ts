import { expect, test } from '@jest/globals'
import { detectors } from '../../../lib/rules/detection/recognise.ts'
import { refuseUnserved, servedSigns } from '../../../lib/rules/detection/served-layouts.ts'
import { refusal } from '../refusal.ts'

test('what is recognised and not served is refused by its name', () => {
  const folder = { runtime: 'r', name: 'jar', what: 'a program for the JVM', entry: 'churn.jar' } as const
  const { code, message } = refusal(() => refuseUnserved(folder))
  expect(code).toBe('artifact-unrecognised')
  expect(message).toBe("it is a program for the JVM (churn.jar), which the runtime 'r' does not serve yet")
  expect(() => refuseUnserved({ ...folder, name: 'program', entry: 'predict.R' })).not.toThrow()
})

test('people are told to bring what is served, and for a declared runtime what that one serves', () => {
  expect(servedSigns(detectors)).toEqual(expect.arrayContaining(['predict.py', '.onnx', '.joblib']))
  expect(servedSigns(detectors)).toContain('config.json')
  expect(servedSigns(detectors)).not.toContain('.safetensors')
  expect(servedSigns(detectors, 'onnx')).toEqual(['MLmodel', '.onnx'])
  expect(servedSigns(detectors, 'graph')).toEqual(['graph.yaml'])
})
