import { describe, expect, test } from '@jest/globals'
import { checkRetirement } from '../../lib/rules/retirement.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { refusal } from './refusal.ts'

const record: ModelRecord = {
  model: 'churn',
  rev: 9,
  head: 'x',
  aliases: {
    live: {
      stable: '2.0.0',
      previous: '1.9.0',
      by: 'p',
      canary: { version: '3.0.0', weightPercent: 1, rollout: 'p', step: 0 },
    },
    staging: { stable: '2.5.0', by: 's' },
  },
  accepted: ['2.0.0', '1.9.0', '1.8.0', '1.8.1', '0.0.1', '0.0.2'],
}

describe('a version cannot be retired while it is reached', () => {
  test.each([
    ['2.0.0', "alias 'live'"],
    ['2.5.0', "alias 'staging'"],
    ['3.0.0', 'the rollout on alias'],
    ['1.9.0', 'the way back'],
    ['1.8.1', "the range '1.8'"],
    ['0.0.2', 'range'],
    ['0.0.1', 'range'], // ^0.0.1 means 0.0.1 alone
  ])('%s by %s', (version, user) => {
    const problem = refusal(() => checkRetirement(record, version))
    expect(problem.code).toBe('still-in-use')
    expect(problem.message).toContain(user)
  })
})

test.each(['1.8.0', '1.7.0', '4.0.0-rc.1'])('%s, which nothing reaches, can be retired', (version) => {
  expect(() => checkRetirement(record, version)).not.toThrow()
})
