import { describe, expect, test } from '@jest/globals'
import { checkRequestSize, largestBody } from '../../lib/rules/host-limits.ts'
import { refusal } from './refusal.ts'

const megabyte = 1_048_576

describe('a request', () => {
  test.each([
    ['lambda', 6 * megabyte - 16_384],
    ['sagemaker-serverless', 4 * megabyte],
    ['sagemaker', 6 * megabyte],
  ] as const)('to %s may have %i bytes, and not one more', (host, most) => {
    expect(() => checkRequestSize(0, host)).not.toThrow()
    expect(() => checkRequestSize(most, host)).not.toThrow()
    expect(refusal(() => checkRequestSize(most + 1, host))).toMatchObject({
      code: 'body-too-large',
      status: 413,
      message: expect.stringContaining(String(most)),
    })
  })

  test('of any host fits the gateway, which takes 10 MB', () => {
    expect(largestBody).toBe(10 * megabyte)
  })
})
