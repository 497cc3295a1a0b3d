import { createDeflate, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { readPickleFile } from '../../../lib/rules/python/pickle-file.ts'
import { readPickle } from '../../../lib/rules/python/pickle-stream.ts'
import { refusal } from '../refusal.ts'
import { fixtureBytes } from './sklearn-fixtures.ts'

const plain = fixtureBytes('forest.joblib')

test.each([
  ['nothing', plain],
  ['zlib', new Uint8Array(deflateSync(plain))],
  ['zlib at its least', new Uint8Array(deflateSync(plain, { level: 0 }))],
  ['gzip', new Uint8Array(gzipSync(plain))],
])('a file that is compressed by %s says the same', (_, bytes) => {
  expect(readPickleFile(bytes)).toEqual(readPickle(plain))
})

test.each(['bz2', 'xz', 'lzma'])('a file that is compressed by %s is left unread, with what to do', (by) => {
  const found = readPickleFile(fixtureBytes(`logistic.${by}.joblib`))
  expect(found).toEqual({ unread: expect.stringMatching(new RegExp(`by ${by}.*compress=0`)) })
})

test('so is one that begins as lz4 does', () => {
  expect(readPickleFile(Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 1))).toMatchObject({
    unread: expect.stringMatching(/lz4/),
  })
})

test.each([
  ['zlib', new Uint8Array(deflateSync(plain))],
  ['gzip', new Uint8Array(gzipSync(plain))],
])('%s that was cut short, or damaged, is refused', (_, whole) => {
  for (const end of [2, 10, 100, Math.floor(whole.length / 2), whole.length - 40])
    expect(refusal(() => readPickleFile(whole.subarray(0, end))).code).toBe('artifact-corrupt')
  const damaged = whole.slice()
  damaged.fill(0xff, 20, 60)
  expect(refusal(() => readPickleFile(damaged)).code).toBe('artifact-corrupt')
})

test('a small file that unpacks to more than the memory is given up', async () => {
  const bomb = createDeflate()
  const zeros = Buffer.alloc(2 ** 20)
  for (let written = 0; written <= 256; written += 1) bomb.write(zeros)
  bomb.end()
  const packed = new Uint8Array(Buffer.concat(await bomb.toArray()))
  expect(packed.length).toBeLessThan(300_000)
  expect(readPickleFile(packed)).toEqual({ unread: 'it unpacks to more than 256 MiB' })
}, 30_000)
