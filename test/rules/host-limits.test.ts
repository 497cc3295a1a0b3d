import { describe, expect, test } from '@jest/globals'
import { checkRequestSize, largestBody } from '../../lib/rules/host-limits.ts'
import { refusal } from './refusal.ts'

const megabyte = 1_048_576

describe('a request', () => {
  test.each([
    ['sagemaker-serverless', 4 * megabyte],
    ['sagemaker', 6 * megabyte],
  ] as const)('to %s may have %i bytes, and not one more', (host, most) => {
    expect(() => checkRequestSize('', host)).not.toThrow()
    expect(() => checkRequestSize('1'.repeat(most), host)).not.toThrow()
    expect(refusal(() => checkRequestSize('1'.repeat(most + 1), host))).toMatchObject({
      code: 'body-too-large',
      status: 413,
      message: expect.stringContaining(String(most)),
    })
  })

  test.each([
    ['a digit is a byte', '1', 1],
    ['a quote is escaped', '"', 2],
    ['a letter with an accent is two bytes', 'é', 2],
    ['a line break is escaped', '\n', 2],
    ['a control character takes six', '\u0001', 6],
  ])('to lambda is measured inside its event: %s', (_, character, bytes) => {
    const fits = Math.floor((6 * megabyte - 2048 - 2) / bytes)
    expect(() => checkRequestSize(character.repeat(fits), 'lambda')).not.toThrow()
    expect(refusal(() => checkRequestSize(character.repeat(fits + 1), 'lambda')).code).toBe('body-too-large')
  })

  test('of bytes to lambda is measured as base64, and to SageMaker as it is', () => {
    const most = ((6 * megabyte - 2048) / 4) * 3
    expect(() => checkRequestSize(new Uint8Array(most), 'lambda')).not.toThrow()
    expect(refusal(() => checkRequestSize(new Uint8Array(most + 1), 'lambda')).code).toBe('body-too-large')
    const four = new Uint8Array(4 * megabyte + 1)
    expect(() => checkRequestSize(four.subarray(1), 'sagemaker-serverless')).not.toThrow()
    expect(refusal(() => checkRequestSize(four, 'sagemaker-serverless')).code).toBe('body-too-large')
  })

  test('of any host fits the gateway, which takes 10 MB', () => {
    expect(largestBody).toBe(10 * megabyte)
  })
})
