import { expect, test } from '@jest/globals'
import { zipSync } from 'fflate'
import { refuseOtherArchives } from '../../../lib/rules/python/torch-archive.ts'
import { refusal } from '../refusal.ts'

/** A zip with these files, as PyTorch writes them: nothing is compressed. */
const archive = (...names: readonly string[]) =>
  zipSync(Object.fromEntries(names.map((name) => [name, new Uint8Array(3)])), { level: 0 })
const refused = (bytes: Uint8Array) => refusal(() => refuseOtherArchives('model.pt', bytes))

test('what torch.jit.save writes is taken: it has code in it', () => {
  const names = ['flower/data.pkl', 'flower/code/__torch__.py', 'flower/constants.pkl', 'flower/version']
  expect(() => refuseOtherArchives('model.pt', archive(...names))).not.toThrow()
})

test('what torch.save writes is a pickle, and is refused with what to do', () => {
  const { code, message } = refused(archive('flower/data.pkl', 'flower/byteorder', 'flower/data/0'))
  expect(code).toBe('artifact-unsafe')
  expect(message).toMatch(
    /^model\.pt was written by torch\.save, which is a pickle.*torch\.jit\.script\(model\)\.save\(PATH\)\) or as ONNX .* predict\.py/,
  )
})

test.each<[string, Uint8Array]>([
  ['another archive', archive('weights.csv')],
  ['half an archive', archive('flower/code/a.py').subarray(0, 20)],
  ['no archive', new TextEncoder().encode('weights')],
])('%s is none of PyTorch', (_, bytes) => {
  const { code, message } = refused(bytes)
  expect(code).toBe('artifact-corrupt')
  expect(message).toMatch(/^model\.pt is no archive of torch\.jit\.save/)
})
