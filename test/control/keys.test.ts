import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Grant } from '../../lib/rules/access.ts'
import { judgeKey, parseKey } from '../../lib/rules/api-key.ts'
import { problemIn } from '../harness/problem-document.ts'
import { operationRecord } from '../harness/records.ts'
import { Rig } from './rig.ts'

let rig: Rig
beforeEach(() => {
  rig = new Rig()
})
afterEach(() => rig.close())

const shop = { name: 'shop', scopes: ['invoke'], models: ['churn'] }

async function made(asked: Record<string, unknown> = shop) {
  const response = await rig.call('POST', '/keys', asked)
  expect(response.status).toBe(201)
  return (await response.json()) as { readonly id: string; readonly key: string } & Record<string, unknown>
}

async function listed() {
  const text = await (await rig.get('/keys')).text()
  return { text, keys: (JSON.parse(text) as { keys: Record<string, unknown>[] }).keys }
}

describe('POST /keys', () => {
  test('makes a key, and shows it in an answer that nobody keeps', async () => {
    const response = await rig.call('POST', '/keys', { ...shop, expiresAt: '2026-04-01T12:00:00+02:00' })
    expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const told = (await response.json()) as Record<string, string>
    expect(told).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'shop',
      scopes: ['invoke'],
      models: ['churn'],
      createdAt: '2026-03-01T10:00:00.000Z',
      createdBy: 'ada',
      expiresAt: '2026-04-01T10:00:00.000Z',
      state: 'active',
      key: expect.stringContaining(`sluice_${told['id']}_`),
    })
    expect(response.headers.get('location')).toBe(`/keys/${told['id']}`)
  })

  test('makes a key that is good, and keeps none of its secret', async () => {
    const { id, key } = await made()
    const presented = parseKey(key)
    const record = await rig.keys.find(id)
    expect(presented && judgeKey(record, presented, rig.now)).toMatchObject({ good: true })
    expect(JSON.stringify(record)).not.toContain(key.slice(24))
    expect((await listed()).text).not.toContain(key.slice(24))
  })

  test('draws each key anew', async () => {
    const drawn = await Promise.all(Array.from({ length: 50 }, (_, i) => made({ ...shop, name: `key-${i}` })))
    expect(new Set(drawn.map(({ key }) => key.slice(24, 67))).size).toBe(50)
  })

  test('takes every model where none is named, and each scope once', async () => {
    expect(await made({ name: 'all', scopes: ['invoke', 'invoke', 'promote'] })).toMatchObject({
      scopes: ['invoke', 'promote'],
      models: ['*'],
    })
    expect(await made({ name: 'more', scopes: ['invoke'], models: ['churn', '*'] })).toMatchObject({
      models: ['*'],
    })
  })

  test.each([
    [{}, /name/],
    [{ ...shop, name: '' }, /name/],
    [{ ...shop, name: 'two words' }, /name/],
    [{ ...shop, name: 'line\nbreak' }, /name/],
    [{ ...shop, name: 'x'.repeat(65) }, /name/],
    [{ ...shop, scopes: [] }, /scopes/],
    [{ ...shop, scopes: ['read'] }, /scopes/],
    [{ ...shop, scopes: 'invoke' }, /scopes/],
    [{ ...shop, models: [] }, /models/],
    [{ ...shop, models: ['Churn'] }, /models/],
    [{ ...shop, models: ['churn*'] }, /models/],
    [{ ...shop, models: ['__proto__'] }, /models/],
    [{ ...shop, models: Array.from({ length: 21 }, (_, i) => `model-${i}`) }, /models/],
    [{ ...shop, expiresAt: 'soon' }, /expiresAt/],
    [{ ...shop, expiresAt: '2026-03-01T10:00:00Z' }, /expiresAt.*passed/],
    [{ ...shop, createdBy: 'eve' }, /createdBy/],
    [{ ...shop, key: 'mine' }, /key/],
  ])('refuses %j', async (asked, told) => {
    const { detail } = await problemIn(await rig.call('POST', '/keys', asked), 'request-malformed')
    expect(detail).toMatch(told)
    expect((await listed()).keys).toEqual([])
  })

  test('refuses a name that a good key has, and takes it again after a revocation or its end', async () => {
    const { id } = await made()
    const { detail } = await problemIn(await rig.call('POST', '/keys', shop), 'key-exists')
    expect(detail).toContain(id)
    await rig.call('DELETE', `/keys/${id}`)
    await made({ ...shop, expiresAt: '2026-03-01T10:00:01Z' })
    rig.now += 1000
    await made()
    expect((await listed()).keys.map(({ state }) => state)).toEqual(['revoked', 'expired', 'active'])
  })
})

describe('DELETE /keys/{id}', () => {
  test('revokes a key, and says who did and when', async () => {
    const { id, key } = await made()
    rig.now += 60_000
    const response = await rig.call('DELETE', `/keys/${id}`)
    expect(await response.json()).toMatchObject({
      id,
      state: 'revoked',
      revokedAt: '2026-03-01T10:01:00.000Z',
      revokedBy: 'ada',
    })
    const presented = parseKey(key)
    expect(presented && judgeKey(await rig.keys.find(id), presented, rig.now)).toMatchObject({ good: false })
    rig.now += 60_000
    expect(await (await rig.call('DELETE', `/keys/${id}`)).json()).toMatchObject({
      revokedAt: '2026-03-01T10:01:00.000Z',
    })
  })

  test.each(['0123456789abcdef', 'record', 'x'.repeat(3000), '0123456789ABCDEF', '__proto__'])(
    'knows no key that was never made: %s',
    async (id) => {
      await problemIn(await rig.call('DELETE', `/keys/${id}`), 'key-unknown')
    },
  )
})

describe('a caller with grants sees of what is listed only what is theirs:', () => {
  const own: Grant[] = [{ scope: 'invoke', model: 'churn' }]
  beforeEach(async () => {
    await rig.release('1.0.0')
    await rig.release('1.0.0', '', 'other')
    await rig.registry.open(operationRecord('operation-of-churn', { model: 'churn' }))
    await rig.registry.open(operationRecord('operation-of-other', { model: 'other' }))
  })

  test('models', async () => {
    const names = async (grants?: Grant[]) => {
      const answer = (await (await rig.call('GET', '/models', undefined, grants)).json()) as {
        models: { model: string }[]
      }
      return answer.models.map(({ model }) => model)
    }
    expect(await names()).toEqual(['churn', 'other'])
    expect(await names(own)).toEqual(['churn'])
    expect(await names([])).toEqual([])
    expect(await names([{ scope: 'publish', model: '*' }])).toEqual(['churn', 'other'])
  })

  test('operations, which are to others as if they were not', async () => {
    expect((await rig.call('GET', '/operations/operation-of-churn', undefined, own)).status).toBe(200)
    expect((await rig.call('GET', '/operations/operation-of-other')).status).toBe(200)
    const other = await problemIn(
      await rig.call('GET', '/operations/operation-of-other', undefined, own),
      'operation-unknown',
    )
    const none = await problemIn(
      await rig.call('GET', '/operations/operation-of-nobody', undefined, own),
      'operation-unknown',
    )
    expect(other.detail.replace('other', 'nobody')).toBe(none.detail)
  })
})
