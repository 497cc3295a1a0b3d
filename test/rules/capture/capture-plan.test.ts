import { describe, expect, test } from '@jest/globals'
import {
  capturePlan,
  isSampled,
  refuseUnhideable,
  refuseUnrecorded,
} from '../../../lib/rules/capture/capture-plan.ts'
import type { Signature } from '../../../lib/rules/signature.ts'

const signature: Signature = {
  inputs: [
    { name: 'age', type: 'float64', shape: [] },
    { name: 'email', type: 'string', shape: [] },
  ],
  outputs: [{ name: 'score', type: 'float64', shape: [] }],
}
const capture = { samplePercent: 10, mask: [], hash: [], retentionDays: 30 }

describe('what is recorded', () => {
  test('is nothing at 0 per cent, and everything at 100', () => {
    expect(capturePlan({ ...capture, samplePercent: 0 }, signature)).toBeUndefined()
    expect(isSampled({ samplePercent: 0 }, 0)).toBe(false)
    expect(isSampled({ samplePercent: 100 }, 0.999_999)).toBe(true)
  })

  test('is the share that was asked for', () => {
    const draws = Array.from({ length: 1000 }, (_, i) => i / 1000)
    expect(draws.filter((draw) => isSampled({ samplePercent: 12.5 }, draw))).toHaveLength(125)
  })

  test('knows the one output by its name, and of several that each has its own', () => {
    expect(capturePlan(capture, signature)).toEqual({ ...capture, onlyOutput: 'score' })
    const two = {
      ...signature,
      outputs: [...signature.outputs, { name: 'label', type: 'string', shape: [] } as const],
    }
    expect(capturePlan(capture, two)).toEqual(capture)
  })
})

test('who asks for records of a platform that makes none is told so', () => {
  expect(() => refuseUnrecorded({ samplePercent: 0 }, false)).not.toThrow()
  expect(() => refuseUnrecorded({ samplePercent: 12.5 }, true)).not.toThrow()
  expect(() => refuseUnrecorded({ samplePercent: 12.5 }, false)).toThrow(
    expect.objectContaining({
      code: 'recording-off',
      message: expect.stringContaining('asks for 12.5 % of calls to be recorded'),
      errors: [{ pointer: '/capture/samplePercent', found: '12.5', allowed: '0' }],
    }),
  )
})

describe('what is to be hidden', () => {
  test('may be any input or output', () => {
    expect(() => refuseUnhideable({ mask: ['email', 'score'], hash: ['age'] }, signature)).not.toThrow()
  })

  test('is refused where the signature does not have it: a name with a fault would hide nothing', () => {
    expect(() => refuseUnhideable({ mask: ['emial'], hash: ['ages'] }, signature)).toThrow(
      "capture hides 2 fields that the signature does not have: 'emial', 'ages'; it has age, email, score",
    )
  })

  test('is refused of a version that does not say what it takes', () => {
    expect(() => refuseUnhideable({ mask: ['email'], hash: [] }, undefined)).toThrow(
      "capture hides 'email', and the version does not say what it takes: write its signature, or leave mask and hash out",
    )
  })
})
