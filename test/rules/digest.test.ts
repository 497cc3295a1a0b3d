import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canonicalJson, sha256Hex, unitInterval } from '../../lib/rules/digest.ts'

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest()

test('the hash of a text is the SHA-256 of its UTF-8 bytes', () => {
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => sha256Hex(text) === sha256(text).toString('hex')),
    { seed: 1, numRuns: 200 },
  )
})

test('the unit interval of a text is the first 48 bits of its hash over 2^48', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const number = unitInterval(text)
      expect(number).toBe(sha256(text).readUIntBE(0, 6) / 2 ** 48)
      expect(number).toBeGreaterThanOrEqual(0)
      expect(number).toBeLessThan(1)
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('equal values have one spelling, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [1, { d: 1, c: null }], a: 'x' })).toBe('{"a":"x","b":[1,{"c":null,"d":1}]}')
  expect(canonicalJson({ a: undefined, b: 1e21, c: -0, d: 0.1 })).toBe('{"b":1e+21,"c":0,"d":0.1}')
  expect(canonicalJson(['b', 'a'])).toBe('["b","a"]')
})
