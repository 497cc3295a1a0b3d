import { describe, expect, test } from '@jest/globals'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { readJsonBody } from '../../lib/rules/tabular-body.ts'
import { refusal } from './refusal.ts'

const signature = (...shape: (number | null)[]): Signature => ({
  inputs: [{ name: 'p', type: 'float32', shape }],
  outputs: [{ name: 'y', type: 'float32', shape: [] }],
})
const asked = (body: unknown, ...shape: (number | null)[]) => {
  const of = signature(...shape)
  return requestValidator(of)(readJsonBody(JSON.stringify(body), of))
}

describe('a free length', () => {
  test.each<[unknown, (number | null)[]]>([
    [{ p: [1, 2, 3] }, [null]],
    [{ p: [] }, [null]],
    [[{ p: [1, 2] }, { p: [3, 4] }], [null]],
    [
      {
        p: [
          [1, 2],
          [3, 4],
        ],
      },
      [null, 2],
    ],
    [{ p: [[1], [2], [3]] }, [null, null]],
    [{ p: [] }, [null, 2]],
  ])('is free where it is the same everywhere: %j as %j', (body, shape) => {
    expect(asked(body, ...shape)).toEqual([body].flat())
  })

  test.each<[unknown, (number | null)[], string, string]>([
    [[{ p: [1, 2] }, { p: [3] }], [null], '/1/p', 'a list of 1'],
    [{ p: [[1, 2], [3]] }, [null, null], '/p/1', 'a list of 1'],
    [
      [
        { p: [[1, 2]] },
        {
          p: [
            [3, 4],
            [5, 6],
          ],
        },
      ],
      [null, 2],
      '/1/p',
      'a list of 2',
    ],
    [{ p: [] }, [null, null], '/p', 'a list of 0'],
    [[{ p: [] }, { p: [1] }], [null], '/1/p', 'a list of 1'],
  ])('is refused where a request would be no dense tensor: %j as %j', (body, shape, pointer, found) => {
    const problem = refusal(() => asked(body, ...shape))
    expect(problem.code).toBe('request-invalid')
    expect(problem.errors).toMatchObject([
      { pointer, found, allowed: expect.stringMatching(/^a list of (?:at least )?\d/) },
    ])
  })
})
