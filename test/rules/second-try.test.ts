import { expect, test } from '@jest/globals'
import { Problem } from '../../lib/rules/problem.ts'
import { secondTry } from '../../lib/rules/second-try.ts'

const starting = () => new Problem('endpoint-unavailable', 'it starts').starting()

test('a request that was taken by nobody is sent once more, within its own deadline', () => {
  expect(secondTry(starting(), 100, 28_000)).toEqual({ afterMs: 3000, timeoutMs: 24_900 })
  expect(secondTry(starting(), 0, 1000)).toEqual({ afterMs: 250, timeoutMs: 750 })
})

test('not where nothing of the deadline is left for it', () => {
  expect(secondTry(starting(), 27_800, 28_000)).toBeUndefined()
  expect(secondTry(starting(), 28_000, 28_000)).toBeUndefined()
})

test('what may have been executed is never sent again', () => {
  for (const error of [
    new Problem('endpoint-unavailable', 'its server has ended'),
    new Problem('model-timeout', 'no prediction').starting(),
    new Problem('model-failed', 'it failed').starting(),
    new Error('the connection was lost'),
  ])
    expect(secondTry(error, 0, 28_000)).toBeUndefined()
})
