import { expect, test } from '@jest/globals'
import { requestIdTime, timedRequestId } from '../../lib/rules/request-id.ts'

const random = '3f2c9a10-5b7e-4c1d-9a2b-0123456789ab'

test('an id of the platform is a UUID that says when it was given', () => {
  const at = Date.parse('2026-03-01T10:00:00.123Z')
  const id = timedRequestId(at, random)
  expect(id).toBe('019ca8f5-e67b-7c1d-9a2b-0123456789ab'.replace(/^.{13}/, id.slice(0, 13)))
  expect(requestIdTime(id)).toBe(at)
})

test('ids that were given later come later', () => {
  expect(timedRequestId(1, random) < timedRequestId(2, random)).toBe(true)
  expect(requestIdTime(timedRequestId(0, random))).toBe(0)
})

test.each(['mine', random, '', '019ca8f5-e67b-7c1d-1a2b-0123456789ab'])(
  '%p is a caller’s own, and says nothing',
  (id) => {
    expect(requestIdTime(id)).toBeUndefined()
  },
)
