import { expect, test } from '@jest/globals'
import { describedBytes, refuseCutTensors } from '../../../lib/rules/hugging-face/safetensors-file.ts'
import { weightFiles, weightIndex } from '../../../lib/rules/hugging-face/weight-files.ts'
import { refusal } from '../refusal.ts'

/** A file of safetensors with one tensor of four bytes. */
function tensors(
  described = '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
) {
  const bytes = new Uint8Array(8 + described.length + 4)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(described.length), true)
  bytes.set(new TextEncoder().encode(described), 8)
  return bytes
}

test('a file that is as long as it says is taken', () => {
  const bytes = tensors()
  const described = describedBytes('m.safetensors', bytes.subarray(0, 8))
  expect(described).toBe(bytes.length - 4)
  expect(() => refuseCutTensors('m.safetensors', bytes.subarray(0, described), bytes.length)).not.toThrow()
})

test.each<[string, () => void, RegExp]>([
  [
    'cut off',
    () => refuseCutTensors('m', tensors().subarray(0, -4), tensors().length - 1),
    /^m cannot be read: it has \d+ bytes, and \d+ by what it says of its tensors; save it again/,
  ],
  ['of something else', () => refuseCutTensors('m', tensors('[]').subarray(0, -4), 14), /is no JSON/],
  ['empty', () => describedBytes('m', new Uint8Array()), /it is no file of safetensors/],
  [
    'of text',
    () => describedBytes('m', new TextEncoder().encode('weights!')),
    /it is no file of safetensors/,
  ],
])('a file that is %s is refused', (_, judge, why) => {
  const { code, message } = refusal(judge)
  expect([code, message]).toEqual(['artifact-corrupt', expect.stringMatching(why)])
})

test('weights are one file, or those that the index names', () => {
  const index =
    '{"weight_map": {"a": "model-2.safetensors", "b": "model-1.safetensors", "c": "model-2.safetensors"}}'
  const shards = ['model-1.safetensors', 'model-2.safetensors']
  expect(weightFiles([weightIndex, ...shards], index)).toEqual(shards)
  expect(weightFiles([weightIndex, ...shards, 'model.safetensors'], index)).toEqual(['model.safetensors'])
  expect(refusal(() => weightFiles([weightIndex, 'model-1.safetensors'], index)).message).toBe(
    'model.safetensors.index.json names model-2.safetensors, which is not there; upload the whole folder',
  )
  expect(refusal(() => weightFiles([weightIndex], '{}')).message).toContain('save the folder anew')
})
