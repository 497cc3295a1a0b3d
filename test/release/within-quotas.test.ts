import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { EndpointSpec, Ports, Quotas } from '../../lambdas/ports.ts'
import { createEndpoint } from '../../lambdas/release/create-endpoint.ts'
import { packImage } from '../../lambdas/release/pack-image.ts'
import { stayWithinQuotas } from '../../lambdas/release/within-quotas.ts'
import type { QuotaClaim, QuotaStanding } from '../../lib/rules/quota.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { operationRecord, readyRecord } from '../harness/records.ts'
import { refused } from '../harness/refused.ts'
import { churn } from '../serving/rig.ts'

const step = { operation: 'op-1', execution: 0 }
const ample: QuotaStanding = { allowed: 900, used: 0 }

let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
let made: string[]
let asked: QuotaClaim[]
let standing: () => Promise<QuotaStanding>
let ports: Ports
beforeEach(async () => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
  made = []
  asked = []
  standing = async () => ample
  const quotas: Quotas = {
    standing: (claim) => {
      asked.push(claim)
      return standing()
    },
  }
  ports = {
    registry,
    quotas,
    clock: { now: () => Date.parse('2026-03-01T10:00:00Z') },
    host: {
      endpointOf: () => ({ host: 'lambda', name: 'x' }),
      create: async ({ version }: EndpointSpec) => {
        made.push(`endpoint of ${version}`)
        return { host: 'lambda', name: 'x' }
      },
    },
    images: {
      pack: async () => {
        made.push('image')
        return { digest: 'sha256:1', uri: 'x' }
      },
    },
  } as unknown as Ports
  const { endpoint: _, ...record } = readyRecord('churn', '1.0.0', churn, 'host: { maxConcurrency: 50 }')
  await registry.claim({ ...record, state: 'CREATING', owner: 'op-1' })
  await registry.open(operationRecord('op-1', { kind: 'release' }))
})
afterEach(() => {
  database.close()
  jest.restoreAllMocks()
})

const told = async () => (await registry.operation('op-1'))?.progress.map(({ text }) => text)

describe('an endpoint', () => {
  test('is made where the account has room for it', async () => {
    await createEndpoint(ports)(step)
    expect(asked).toEqual([{ of: 'function-concurrency', asks: 50 }])
    expect(made).toEqual(['endpoint of 1.0.0'])
    expect(await told()).toEqual([])
  })

  test('is not made for a version that another release has taken meanwhile', async () => {
    standing = async () => {
      const seen = { state: 'CREATING', owner: 'op-1' } as const
      await registry.changeVersion('churn', { version: '1.0.0', seen, facts: { state: 'FAILED' } })
      return ample
    }
    expect((await refused(createEndpoint(ports)(step))).message).toMatch(/taken from this release/)
    expect(made).toEqual([])
  })

  test('is not made where the account has not', async () => {
    standing = async () => ({ allowed: 900, used: 851 })
    expect((await refused(createEndpoint(ports)(step))).code).toBe('quota-reached')
    expect(made).toEqual([])
  })

  test.each<[string, () => Promise<QuotaStanding>]>([
    ['is not known', async () => ({ allowed: undefined, used: undefined })],
    ['may not be read', async () => Promise.reject(new Error('AccessDenied'))],
  ])('is made with a note where what is left %s', async (_, unknown) => {
    jest.spyOn(console, 'warn').mockImplementation(() => {})
    standing = unknown
    await createEndpoint(ports)(step)
    expect(made).toEqual(['endpoint of 1.0.0'])
    expect(await told()).toEqual([expect.stringMatching(/could not be read; going on$/)])
  })

  test('asks nobody in a world without an account', async () => {
    const { quotas: _, ...laptop } = ports
    await createEndpoint(laptop)(step)
    expect([made, asked]).toEqual([['endpoint of 1.0.0'], []])
  })
})

test('an image is not made where its repository is full', async () => {
  standing = async () => ({ allowed: 100_000, used: 100_000 })
  expect((await refused(packImage(ports)(step))).code).toBe('quota-reached')
  expect([made, asked]).toEqual([[], [{ of: 'images', runtime: 'onnx', asks: 1 }]])
  standing = async () => ({ allowed: 100_000, used: 99_999 })
  expect(await packImage(ports)(step)).toEqual({ status: 'packed' })
})

test('an account that does not answer is not waited for, and that is told once', async () => {
  standing = () => new Promise(() => {})
  const place = { model: 'churn', version: '1.0.0' }
  const claims: QuotaClaim[] = [{ of: 'function-concurrency', asks: 1 }]
  for (const text of ['something else', 'more']) {
    await stayWithinQuotas(ports, 'op-1', place, claims, 20)
    const seen = await registry.operation('op-1')
    if (seen !== undefined)
      await registry.replaceOperation(seen, {
        ...seen,
        progress: [...seen.progress, { at: seen.startedAt, text }],
      })
  }
  expect((await told())?.filter((text) => /could not be read/.test(text))).toHaveLength(1)
})
