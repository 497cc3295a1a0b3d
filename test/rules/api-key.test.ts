import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type ApiKeyRecord,
  formKey,
  judgeKey,
  keyActor,
  keyHash,
  keyState,
  looksLikeKey,
  parseKey,
} from '../../lib/rules/api-key.ts'

const now = Date.parse('2026-03-01T10:00:00Z')
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const anyKey = fc.tuple(bytes(8), bytes(32)).map(([id, secret]) => formKey(id, secret))
const key = formKey(new Uint8Array(8).fill(7), new Uint8Array(32).fill(9))

function recordOf(of = key, more: Partial<ApiKeyRecord> = {}): ApiKeyRecord {
  return {
    id: of.id,
    name: 'shop',
    hash: keyHash(of),
    scopes: ['invoke', 'promote'],
    models: ['churn', 'iris'],
    createdAt: '2026-02-01T00:00:00.000Z',
    createdBy: 'ada',
    ...more,
  }
}

describe('a key', () => {
  test('has one form, whatever was drawn', () => {
    expect(formKey(new Uint8Array(8), new Uint8Array(32)).text).toMatch(/^sluice_0{16}_0{43}[0-9A-Za-z]{6}$/)
    expect(formKey(new Uint8Array(8).fill(255), new Uint8Array(32).fill(255)).text).toHaveLength(
      key.text.length,
    )
    fc.assert(
      fc.property(anyKey, (made) => {
        expect(made.text).toMatch(/^sluice_[0-9a-f]{16}_[0-9A-Za-z]{49}$/)
        expect(looksLikeKey(made.text)).toBe(true)
        expect(parseKey(made.text)).toEqual(made)
      }),
    )
  })

  test('holds every bit that was drawn', () => {
    fc.assert(
      fc.property(bytes(8), bytes(32), fc.nat({ max: 319 }), (id, secret, bit) => {
        const all = Uint8Array.from([...id, ...secret])
        all[bit >> 3] = (all[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(formKey(all.slice(0, 8), all.slice(8)).text).not.toBe(formKey(id, secret).text)
      }),
    )
  })

  test.each([
    [7, 32],
    [8, 16],
  ])('is not made of %d and %d bytes', (id, secret) => {
    expect(() => formKey(new Uint8Array(id), new Uint8Array(secret))).toThrow(/random bytes/)
  })

  test('that was mistyped, cut or lengthened is told from a wrong one, without a look at what is stored', () => {
    fc.assert(
      fc.property(anyKey, fc.nat(), fc.constantFrom(...'0aZ_-é '), ({ text }, at, letter) => {
        const i = at % text.length
        const typed = text.slice(0, i) + letter + text.slice(i + 1)
        if (typed !== text) expect(parseKey(typed)).toBeUndefined()
        expect(parseKey(text.slice(0, i))).toBeUndefined()
        expect(parseKey(text + letter)).toBeUndefined()
        expect(parseKey(`${letter}${text}`)).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
    expect(parseKey(`${key.text}\n`)).toBeUndefined()
    expect(parseKey('')).toBeUndefined()
  })
})

describe('what a key turns out to be', () => {
  test('is its access, where it is the one that was made', () => {
    expect(judgeKey(recordOf(), key, now)).toEqual({
      good: true,
      access: {
        actor: 'key shop (0707070707070707)',
        grants: [
          { scope: 'invoke', model: 'churn' },
          { scope: 'promote', model: 'churn' },
          { scope: 'invoke', model: 'iris' },
          { scope: 'promote', model: 'iris' },
        ],
      },
    })
  })

  test('is unknown with one bit of its secret changed, though form and checksum are right', () => {
    fc.assert(
      fc.property(bytes(8), bytes(32), fc.nat({ max: 255 }), (id, secret, bit) => {
        const record = recordOf(formKey(id, secret))
        const changed = Uint8Array.from(secret)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const forged = parseKey(formKey(id, changed).text)
        expect(forged).toBeDefined()
        expect(judgeKey(record, forged ?? key, now)).toEqual({
          good: false,
          reason: 'the key is unknown here',
        })
      }),
    )
  })

  test('is the same for who guesses at a revoked, an expired and a missing key', () => {
    const forged = formKey(new Uint8Array(8).fill(7), new Uint8Array(32).fill(1))
    const unknown = { good: false, reason: 'the key is unknown here' }
    for (const record of [
      undefined,
      recordOf(),
      recordOf(key, { revokedAt: '2026-02-02T00:00:00.000Z' }),
      recordOf(key, { expiresAt: '2026-02-02T00:00:00.000Z' }),
    ])
      expect(judgeKey(record, forged, now)).toEqual(unknown)
  })

  test('is unknown under the record of another, even one with its hash', () => {
    expect(judgeKey(recordOf(key, { id: 'ffffffffffffffff' }), key, now).good).toBe(false)
    expect(judgeKey(recordOf(key, { hash: '' }), key, now).good).toBe(false)
    expect(judgeKey(recordOf(key, { hash: keyHash(key).slice(0, 8) }), key, now).good).toBe(false)
  })

  test('is over from the moment of its expiry on, and from its revocation on', () => {
    const expiring = recordOf(key, { expiresAt: '2026-03-01T10:00:00.000Z' })
    expect(judgeKey(expiring, key, now - 1).good).toBe(true)
    expect(judgeKey(expiring, key, now)).toEqual({
      good: false,
      reason: 'the key expired at 2026-03-01T10:00:00.000Z',
    })
    const revoked = recordOf(key, {
      revokedAt: '2026-03-01T09:00:00.000Z',
      expiresAt: '2026-02-01T00:00:00.000Z',
    })
    expect(judgeKey(revoked, key, now)).toEqual({
      good: false,
      reason: 'the key was revoked at 2026-03-01T09:00:00.000Z',
    })
    expect(keyState(revoked, now)).toBe('revoked')
    expect(keyState(recordOf(key, { expiresAt: 'soon' }), now)).toBe('expired')
  })
})

test('what is stored does not hold the key', () => {
  fc.assert(
    fc.property(anyKey, (made) => {
      const stored = JSON.stringify(recordOf(made))
      expect(stored).not.toContain(made.text.slice(24))
      expect(keyActor(recordOf(made))).not.toContain(made.text.slice(24))
    }),
  )
})
