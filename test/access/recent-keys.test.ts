import { beforeEach, expect, test } from '@jest/globals'
import { keyFreshMs, RecentKeys } from '../../lambdas/access/recent-keys.ts'
import type { ApiKeyRecord } from '../../lib/rules/api-key.ts'

let now = 0
let reads: string[] = []
let stored: Map<string, ApiKeyRecord>
let fault: Error | undefined
let recent: RecentKeys

beforeEach(() => {
  now = 1_000_000
  reads = []
  fault = undefined
  stored = new Map([['a', record('a')]])
  const find = async (id: string) => {
    reads.push(id)
    if (fault !== undefined) throw fault
    return stored.get(id)
  }
  recent = new RecentKeys({ find }, { now: () => now })
})

function record(id: string, more: Partial<ApiKeyRecord> = {}): ApiKeyRecord {
  return {
    id,
    name: id,
    hash: '',
    scopes: ['invoke'],
    models: ['*'],
    createdAt: '',
    createdBy: 'ada',
    ...more,
  }
}

test('a key is read once while it is fresh', async () => {
  expect(await recent.find('a')).toEqual(record('a'))
  now += keyFreshMs - 1
  expect(await recent.find('a')).toEqual(record('a'))
  expect(reads).toEqual(['a'])
})

test('a revocation holds within half a minute, for whoever calls all the time', async () => {
  await recent.find('a')
  stored.set('a', record('a', { revokedAt: 'now' }))
  const since = now
  while ((await recent.find('a'))?.revokedAt === undefined) now += 500
  expect(now - since).toBeLessThanOrEqual(keyFreshMs)
  expect(keyFreshMs).toBeLessThanOrEqual(30_000)
})

test('the age of a key is counted from before it was read: a slow read makes it no younger', async () => {
  const slow = new RecentKeys(
    {
      find: async (id) => {
        reads.push(id)
        now += keyFreshMs
        return record(id)
      },
    },
    { now: () => now },
  )
  await slow.find('a')
  await slow.find('a')
  expect(reads).toEqual(['a', 'a'])
})

test('what cannot be read again opens nothing', async () => {
  await recent.find('a')
  now += keyFreshMs
  fault = new Error('the table does not answer')
  await expect(recent.find('a')).rejects.toThrow('the table does not answer')
  fault = undefined
  expect(await recent.find('a')).toEqual(record('a'))
})

test('what is not there is not remembered, so that a new key is good at once', async () => {
  expect(await recent.find('b')).toBeUndefined()
  stored.set('b', record('b'))
  expect(await recent.find('b')).toEqual(record('b'))
})

test('a clock that was set back makes no key fresh', async () => {
  await recent.find('a')
  now -= 3_600_000
  await recent.find('a')
  expect(reads).toEqual(['a', 'a'])
})

test('of more than a thousand keys those are kept that were read last', async () => {
  for (let i = 0; i < 1100; i += 1) {
    stored.set(`k${i}`, record(`k${i}`))
    await recent.find(`k${i}`)
  }
  reads = []
  await recent.find('k1099')
  await recent.find('k0')
  expect(reads).toEqual(['k0'])
})
