import { describe, expect, test } from '@jest/globals'
import { manifestSchema } from '../../lib/rules/manifest.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { checkQuota, endpointClaims, imageClaims, type QuotaClaim } from '../../lib/rules/quota.ts'

const claimsOf = (host: object) => endpointClaims(manifestSchema.parse({ host }))

describe('what a version takes', () => {
  test.each<[object, readonly QuotaClaim[]]>([
    [{}, []],
    [{ maxConcurrency: 50 }, [{ of: 'function-concurrency', asks: 50 }]],
    [{ maxConcurrency: 5, provisionedConcurrency: 7 }, [{ of: 'function-concurrency', asks: 7 }]],
    [{ kind: 'sagemaker-serverless' }, [{ of: 'serverless-concurrency', asks: 5 }]],
    [{ kind: 'sagemaker-serverless', maxConcurrency: 20 }, [{ of: 'serverless-concurrency', asks: 20 }]],
    [
      { kind: 'sagemaker', instanceType: 'ml.m5.large', instanceCount: 3 },
      [{ of: 'instances', instanceType: 'ml.m5.large', asks: 3 }],
    ],
    [
      { kind: 'sagemaker', instanceType: 'ml.m5.large' },
      [{ of: 'instances', instanceType: 'ml.m5.large', asks: 1 }],
    ],
    [
      {
        kind: 'sagemaker',
        instanceType: 'ml.m5.large',
        scaling: { minInstances: 2, maxInstances: 4, targetInvocationsPerInstance: 600 },
      },
      [{ of: 'instances', instanceType: 'ml.m5.large', asks: 2 }],
    ],
    [{ kind: 'sagemaker' }, []],
  ])('of %j is told by its manifest', (host, claims) => {
    expect(claimsOf(host)).toEqual(claims)
  })

  test('is one image of its runtime', () => {
    expect(imageClaims({ runtime: 'onnx' })).toEqual([{ of: 'images', runtime: 'onnx', asks: 1 }])
  })
})

describe('what is left', () => {
  const claim: QuotaClaim = { of: 'function-concurrency', asks: 50 }
  const refusal = (of: QuotaClaim, allowed: number, used: number) => {
    try {
      checkQuota(of, { allowed, used })
      return 'room'
    } catch (error) {
      return isProblem(error) ? `${error.code}: ${error.message}` : 'fault'
    }
  }

  test('is enough to the last one', () => {
    expect(refusal(claim, 900, 850)).toBe('room')
    expect(refusal(claim, 900, 851)).toMatch(/^quota-reached/)
    expect(refusal(claim, 0, 0)).toMatch(/^quota-reached/)
    expect(refusal({ ...claim, asks: 1 }, 1, 0)).toBe('room')
  })

  test.each<[QuotaClaim, RegExp]>([
    [
      claim,
      /asks for 50 of .*Lambda environments.*100.*: 900 are allowed and 899 taken; .*host\.maxConcurrency.*'Concurrent executions'/,
    ],
    [
      { of: 'images', runtime: 'onnx', asks: 1000 },
      /images in the repository of the runtime onnx.*retire versions/,
    ],
    [
      { of: 'serverless-concurrency', asks: 20 },
      /calls at once on serverless endpoints.*Maximum total concurrency/,
    ],
    [
      { of: 'instances', instanceType: 'ml.m5.large', asks: 2 },
      /ml\.m5\.large.*'ml\.m5\.large for endpoint usage'/,
    ],
  ])('is told with what was found, what is allowed and what to do: %j', (of, told) => {
    expect(refusal(of, 900, 899)).toMatch(told)
  })

  test.each([
    { allowed: undefined, used: 900 },
    { allowed: 0, used: undefined },
    { allowed: undefined, used: undefined },
  ])('blocks nobody where it is not known: %j', (standing) => {
    expect(checkQuota(claim, standing)).toMatch(/could not be read; going on$/)
  })
})
