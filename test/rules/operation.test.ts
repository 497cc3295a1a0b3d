import { expect, test } from '@jest/globals'
import { executionName, isOver } from '../../lib/rules/operation.ts'

test.each([
  [0, 'release-1'],
  [1, 'release-1-1'],
  [12, 'release-1-12'],
])('after %i executions the next is called %s', (executions, name) => {
  expect(executionName({ id: 'release-1', executions })).toBe(name)
})

test.each([
  ['running', false],
  ['succeeded', true],
  ['failed', true],
  ['rolled-back', true],
] as const)('an operation that is %s is over: %p', (state, over) => {
  expect(isOver({ state })).toBe(over)
})
