import { describe, expect, test } from '@jest/globals'
import { warmsInMs } from '../../lib/rules/warm-patience.ts'

const patience = { idleMs: 1000, busyMs: 60_000, unusedMs: 900_000 }
const inMs = (loadedAt: number, servedAt: number, now: number) =>
  warmsInMs({ loadedAt, servedAt, now }, patience)

describe('the warm parent of an environment', () => {
  test('waits a second after a version has loaded, whoever was served before', () => {
    expect([inMs(5000, 0, 5000), inMs(5000, 4900, 5400), inMs(5000, 0, 6000)]).toEqual([1000, 600, 0])
  })

  test('waits while somebody is served, and a second from then on', () => {
    expect([inMs(5000, 8000, 8000), inMs(5000, 8000, 8999), inMs(5000, 8000, 9000)]).toEqual([1000, 1, 0])
  })

  test('waits no longer than a minute', () => {
    expect([inMs(5000, 64_900, 64_900), inMs(5000, 65_000, 65_000)]).toEqual([100, 0])
  })
})
