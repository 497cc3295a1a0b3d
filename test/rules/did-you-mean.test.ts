import { expect, test } from '@jest/globals'
import { didYouMean, nearest } from '../../lib/rules/did-you-mean.ts'

const keys = ['model', 'version', 'runtime', 'memoryMb']

test.each([
  ['runtim', 'runtime'],
  ['runtimes', 'runtime'],
  ['memorymb', 'memoryMb'],
  ['VERSION', 'version'],
  ['vresion', 'version'],
  ['modl', 'model'],
])('%s was meant to be %s', (written, meant) => {
  expect(nearest(written, keys)).toBe(meant)
  expect(didYouMean(written, keys)).toBe(`, did you mean '${meant}'?`)
})

test.each(['', 'colour', 'mdl', 'x'])('%j is no slip of the pen', (written) => {
  expect(nearest(written, keys)).toBeUndefined()
  expect(didYouMean(written, keys)).toBe('')
})

test('the closest of several candidates is named, whatever their order', () => {
  expect(nearest('plans', ['plants', 'plan'])).toBe('plants')
  expect(nearest('tenures', ['tenors', 'tenure', 'ten'])).toBe('tenure')
  expect(nearest('tenures', ['ten', 'tenure', 'tenors'])).toBe('tenure')
  expect(nearest('ab', [])).toBeUndefined()
})
