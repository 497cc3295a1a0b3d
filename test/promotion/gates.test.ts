import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Ports } from '../../lambdas/ports.ts'
import { advanceRollout } from '../../lambdas/promotion/advance-rollout.ts'
import { passGates } from '../../lambdas/promotion/gates.ts'
import { openPromotion } from '../../lambdas/promotion/open-promotion.ts'
import { moveOn, noteRollout, promotionOf } from '../../lambdas/promotion/promotion.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { defaultLimits } from '../../lib/rules/rollout.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { moveOf, operationRecord, readyRecord } from '../harness/records.ts'
import { refused } from '../harness/refused.ts'
import { settingsWith } from '../harness/settings.ts'

const began = Date.parse('2026-03-01T10:00:00.000Z')
const step = { operation: 'op-1', execution: 0 }
const one: Signature = {
  inputs: [{ name: 'a', type: 'float32', shape: [] }],
  outputs: [{ name: 'y', type: 'float32', shape: [] }],
}
const other: Signature = { ...one, inputs: [{ name: 'b', type: 'float32', shape: [] }] }

let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
let ports: Ports
let woken: number
beforeEach(async () => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
  woken = 0
  ports = {
    registry,
    host: {
      describe: async () => {
        woken += 1
        return { state: 'active', digest: 'sha256:image-of-1.1.0' }
      },
    },
    clock: { now: () => began },
    settings: settingsWith(),
    store: { recordedRev: async () => 99, writeRecord: async () => {} },
    events: { publish: async () => {} },
  } as unknown as Ports
  await registry.claim(readyRecord('churn', '1.0.0', one))
  await registry.claim(readyRecord('churn', '1.0.1', other))
  await registry.claim({ ...readyRecord('churn', '1.1.0', one), proof: { expected: 3, answered: 0 } })
  await serve('1.0.0')
})
afterEach(() => database.close())

/** Somebody moves `live`, by another way than the promotion of the test. */
const serve = async (version: string) =>
  expect(
    await registry.commit(
      moveOf(await registry.model('churn'), 'churn', { aliases: { live: { stable: version, by: 'p' } } }),
    ),
  ).toBe(true)
const ask = (facts: Partial<Operation> = {}) =>
  registry.open(
    operationRecord('op-1', { version: '1.1.0', deadline: began + 3_600_000, gates: [], ...facts }),
  )
const live = async () => (await registry.model('churn'))?.aliases['live']
const lastEntry = async () => (await registry.history('churn')).at(-1)
const gates = [
  { gate: 'golden', found: '3 examples answered as expected' },
  { gate: 'compatibility', found: 'backward: 1.0.0 to 1.1.0 changes nothing for callers' },
]
const canary = {
  plan: {
    kind: 'canary',
    steps: [
      { weightPercent: 10, bakeTimeSeconds: 60 },
      { weightPercent: 50, bakeTimeSeconds: 60 },
    ],
  },
  limits: defaultLimits,
  step: -1,
  bakeEndsAt: began,
  looks: 0,
} as const
const advances = { decision: 'advance', reason: 'all well', errorEvidence: 0, latencyEvidence: 0 } as const

describe('a promotion that begins', () => {
  test('notes what it passed, and the entry of its traffic tells of it', async () => {
    await ask()
    expect(await openPromotion(ports)(step)).toEqual({ status: 'promoted' })
    expect((await registry.operation('op-1'))?.gates).toEqual(gates)
    expect(await lastEntry()).toMatchObject({ kind: 'promoted', gates })
  })

  test('tells of its gates with its first step, and not with the later ones', async () => {
    await ask({ rollout: canary })
    expect(await openPromotion(ports)(step)).toMatchObject({ status: 'baking' })
    expect(await lastEntry()).toMatchObject({ kind: 'canary-started', gates })
    for (const kind of ['weight-moved', 'promoted']) {
      await noteRollout(ports, 'op-1', { verdict: advances })
      await advanceRollout(ports)({ ...step, step: kind === 'promoted' ? 1 : 0 })
      expect((await lastEntry())?.kind).toBe(kind)
      expect(await lastEntry()).not.toHaveProperty('gates')
    }
  })

  test('tells of the person who let it', async () => {
    const decision = { decision: 'approve', by: 'grace', reason: 'looks well', at: '2026-03-01T09:00:00Z' }
    await ask({
      approval: { needs: 'required', expiresAt: began, decision } as Operation['approval'] & object,
    })
    await openPromotion(ports)(step)
    expect(await lastEntry()).toMatchObject({
      gates: [...gates, { gate: 'approval', found: 'approved by grace: looks well' }],
    })
  })

  test('fails where what is served has moved since it was asked for: nothing is woken, and no traffic moves', async () => {
    await ask()
    await serve('1.0.1')
    const before = await registry.model('churn')
    expect(await refused(openPromotion(ports)(step))).toMatchObject({ code: 'contract-broken' })
    expect(await registry.model('churn')).toEqual(before)
    expect(woken).toBe(0)
  })

  test('moves no traffic on gates that were passed against another version: the step is tried again', async () => {
    await ask()
    const promotion = await promotionOf(ports, 'op-1')
    await serve('1.0.1')
    await expect(moveOn(ports, promotion, 0, { gatedAgainst: '1.0.0' })).rejects.toThrow(/moved meanwhile/)
    expect((await live())?.stable).toBe('1.0.1')
  })
})

describe('passing the gates', () => {
  const pass = (alias: string, version = '1.0.1') => passGates(ports, { model: 'churn', version, alias })
  test('is judged against what the alias in question serves', async () => {
    await expect(pass('live')).rejects.toMatchObject({ code: 'contract-broken' })
    for (const alias of ['staging', 'constructor'])
      expect(await pass(alias)).toEqual([
        { gate: 'compatibility', found: 'backward: the first version here, it breaks nobody' },
      ])
  })

  test('is for versions that are ready', async () => {
    await expect(pass('live', '9.9.9')).rejects.toMatchObject({ code: 'version-unknown' })
  })
})
