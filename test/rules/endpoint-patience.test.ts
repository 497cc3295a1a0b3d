import { expect, test } from '@jest/globals'
import { endpointDeadline } from '../../lib/rules/endpoint-patience.ts'
import { hostKinds } from '../../lib/rules/manifest.ts'

test('every host has its time from when the endpoint was asked for', () => {
  const minutes = hostKinds.map((kind) => [kind, endpointDeadline(kind, 1000) - 1000])
  expect(minutes).toEqual([
    ['lambda', 15 * 60_000],
    ['sagemaker-serverless', 60 * 60_000],
    ['sagemaker', 60 * 60_000],
  ])
})

test('a deadline that stands is not moved by a release that starts again', () => {
  expect(endpointDeadline('lambda', 5_000_000, 7)).toBe(7)
})
