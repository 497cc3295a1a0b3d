import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ApiKeys } from '../../lambdas/ports.ts'
import type { ApiKeyRecord } from '../../lib/rules/api-key.ts'

export interface KeysWorld {
  readonly keys: ApiKeys
  /** The same keys, as another process sees them. */
  reopen(): ApiKeys
  close(): Promise<void>
}

const ada = { revokedAt: '2026-03-02T00:00:00.000Z', revokedBy: 'ada' }
const eve = { revokedAt: '2026-03-03T00:00:00.000Z', revokedBy: 'eve' }

/** What every keeper of keys keeps its word on, in whatever world. */
export function apiKeysContract(world: string, make: () => Promise<KeysWorld>): void {
  describe(`the keys of ${world}`, () => {
    let keys: ApiKeys
    let reopen: KeysWorld['reopen']
    let close: KeysWorld['close']
    let made = 0

    beforeAll(async () => {
      ;({ keys, reopen, close } = await make())
    })
    afterAll(() => close())

    /** Ids fall as keys are made, so that neither order is that of the other. */
    function newKey(): ApiKeyRecord {
      made += 1
      return {
        id: (0xffff_ffff - made).toString(16).padStart(16, '0'),
        name: `key-${made}`,
        hash: 'a'.repeat(64),
        scopes: ['invoke', 'promote'],
        models: ['churn'],
        createdAt: new Date(Date.UTC(2026, 2, 1) + made * 1000).toISOString(),
        createdBy: 'ada',
        expiresAt: '2027-03-01T00:00:00.000Z',
      }
    }

    async function created(): Promise<ApiKeyRecord> {
      const key = newKey()
      expect(await keys.create(key)).toBe(true)
      return key
    }

    test('a key that was made is found, as it was made, by everybody', async () => {
      const key = await created()
      expect(await keys.find(key.id)).toEqual(key)
      expect(await reopen().find(key.id)).toEqual(key)
    })

    test('a key that nobody made is not found, before and after it is made', async () => {
      const key = newKey()
      expect(await keys.find(key.id)).toBeUndefined()
      await keys.create(key)
      expect(await keys.find(key.id)).toEqual(key)
      expect(await keys.find('record')).toBeUndefined()
    })

    test('a second key of one id changes nothing', async () => {
      const key = await created()
      expect(await keys.create({ ...key, name: 'other', hash: 'b'.repeat(64), scopes: ['admin'] })).toBe(
        false,
      )
      expect(await keys.find(key.id)).toEqual(key)
    })

    test('of many that make a key of one id at once, one does', async () => {
      const key = newKey()
      const tried = await Promise.all(Array.from({ length: 20 }, () => reopen().create(key)))
      expect(tried.filter((won) => won)).toHaveLength(1)
    })

    test('keys are listed oldest first, whatever their ids, with those that were revoked', async () => {
      const [first, second] = [await created(), await created()]
      const revoked = await keys.revoke(first.id, ada)
      const listed = await keys.list()
      expect(listed.filter(({ id }) => id === first.id || id === second.id)).toEqual([revoked, second])
    })

    test('a revoked key says so at once to whoever looks', async () => {
      const key = await created()
      const other = reopen()
      await keys.find(key.id)
      expect(await keys.revoke(key.id, ada)).toEqual({ ...key, ...ada })
      expect(await keys.find(key.id)).toEqual({ ...key, ...ada })
      expect(await other.find(key.id)).toEqual({ ...key, ...ada })
    })

    test('who revokes first stays named', async () => {
      const key = await created()
      await keys.revoke(key.id, ada)
      expect(await keys.revoke(key.id, eve)).toEqual({ ...key, ...ada })
      expect(await keys.find(key.id)).toEqual({ ...key, ...ada })
    })

    test('of many that revoke at once all are told of one', async () => {
      const key = await created()
      const told = await Promise.all([ada, eve, ada, eve, ada].map((who) => reopen().revoke(key.id, who)))
      const standing = await keys.find(key.id)
      expect(standing?.revokedBy).toMatch(/ada|eve/)
      for (const one of told) expect(one).toEqual(standing)
    })

    test('what is not there is not revoked', async () => {
      const { id } = newKey()
      expect(await keys.revoke(id, ada)).toBeUndefined()
      expect(await keys.find(id)).toBeUndefined()
    })
  })
}
