import { describe, expect, test } from '@jest/globals'
import { judgeUpload, promotionOfRelease, releaseOperationId } from '../../lib/rules/intake.ts'
import type { VersionRecord, VersionState } from '../../lib/rules/model-version.ts'
import { executionName } from '../../lib/rules/operation.ts'

const version = (state: VersionState, upload: string): VersionRecord => ({
  model: 'churn',
  version: '1.4.0',
  state,
  owner: 'release-1',
  createdAt: '2026-01-01T00:00:00.000Z',
  upload,
})

describe('an upload', () => {
  test('of a version that nobody knows is released', () => {
    expect(judgeUpload(undefined, 'new')).toEqual({ action: 'release' })
  })

  test.each([
    ['CREATING', 'same', 'ignore'],
    ['CREATING', 'new', 'ignore'],
    ['READY', 'same', 'ignore'],
    ['READY', 'new', 'report'],
    ['FAILED', 'same', 'ignore'],
    ['FAILED', 'new', 'release'],
    ['RETIRED', 'same', 'ignore'],
    ['RETIRED', 'new', 'report'],
    ['DELETING', 'same', 'ignore'],
    ['DELETING', 'new', 'report'],
  ] as const)('under a %s version, %s bytes: %s', (state, upload, action) => {
    expect(judgeUpload(version(state, 'same'), upload).action).toBe(action)
  })

  test('under a released version is reported with what to do', () => {
    expect(judgeUpload(version('READY', 'same'), 'new')).toEqual({
      action: 'report',
      reason: expect.stringMatching(/churn 1\.4\.0 .*immutable.*new version/),
    })
  })
})

describe('the operations that follow', () => {
  test('have the same id for every event about the same bytes, and another for others', () => {
    const id = releaseOperationId('churn', '1.4.0', 'u1')
    expect(releaseOperationId('churn', '1.4.0', 'u1')).toBe(id)
    const others = [
      releaseOperationId('churn', '1.4.0', 'u2'),
      releaseOperationId('churn', '1.4.1', 'u1'),
      releaseOperationId('iris', '1.4.0', 'u1'),
      releaseOperationId('churn1', '.4.0', 'u1'),
      releaseOperationId('churn', '1.4.', '0u1'),
    ]
    expect(new Set([id, ...others]).size).toBe(6)
  })

  test('have ids that can name an execution', () => {
    const release = releaseOperationId('churn', '1.4.0', 'u1')
    const promotion = promotionOfRelease(release)
    expect(promotionOfRelease(release)).toBe(promotion)
    expect(promotionOfRelease(`${release}x`)).not.toBe(promotion)
    expect(release).toMatch(/^release-[0-9a-f]{16}$/)
    expect(promotion).toMatch(/^promotion-[0-9a-f]{16}$/)
    for (const id of [release, promotion])
      expect(executionName({ id, executions: 9999 })).toMatch(/^[0-9A-Za-z_-]{1,80}$/)
  })
})
