import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parseGrant } from '../../lib/rules/access.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { ProblemCode } from '../../lib/rules/problem.ts'
import { defaultLimits, defaultRollout } from '../../lib/rules/rollout.ts'
import { problemIn } from '../harness/problem-document.ts'
import { operationRecord } from '../harness/records.ts'
import { Rig } from './rig.ts'

const id = 'promotion-of-1.1.0'
const reason = 'to look'
let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  for (const version of ['1.0.0', '1.1.0']) await rig.release(version)
  await rig.promote('1.0.0')
  await rig.startCanary('1.1.0')
  const bakeEndsAt = rig.now + 600_000
  const rollout = { plan: defaultRollout, limits: defaultLimits, step: 0, bakeEndsAt, looks: 0 }
  await rig.registry.open(operationRecord(id, { version: '1.1.0', rollout }))
})
afterEach(() => rig.close())

const grantsOf = (...texts: string[]) => texts.map(parseGrant).filter((grant) => grant !== undefined)
const ask = (control: string, body: unknown = { reason }, grants?: ReturnType<typeof grantsOf>) =>
  rig.call('POST', `/operations/${id}/${control}`, body, grants)
const live = async () => (await rig.registry.model('churn'))?.aliases['live']

describe('what is asked of a rollout', () => {
  test('is answered with the operation, and stands in the history by whoever asked', async () => {
    const paused = await ask('pause')
    expect(paused.status).toBe(200)
    expect((await paused.json()) as Operation).toMatchObject({ id, paused: { by: 'ada', reason } })
    expect((await ask('resume')).status).toBe(200)
    const entries = await rig.registry.history('churn')
    expect(entries.slice(-2)).toMatchObject([
      { kind: 'paused', actor: 'ada', reason, operation: id, version: '1.1.0', alias: 'live' },
      { kind: 'resumed', actor: 'ada', reason },
    ])
  })

  test('is the same by the path of its model and alias', async () => {
    const path = `/models/churn/aliases/live/operations/${id}`
    expect((await rig.call('POST', `${path}/skip`, { reason, step: 0 })).status).toBe(200)
    expect((await rig.call('POST', `${path}/abort`, { reason })).status).toBe(200)
    expect(await live()).toEqual({ stable: '1.0.0', by: id })
    expect(rig.started).toMatchObject([{ operation: { id, abort: { by: 'ada', reason } } }])
  })

  test.each(['/models/churn/aliases/staging', '/models/other/aliases/live'])(
    'is unknown by the path of another: %s',
    async (place) => {
      const answer = await rig.call('POST', `${place}/operations/${id}/abort`, { reason })
      await problemIn(answer, 'operation-unknown')
      expect((await live())?.canary?.weightPercent).toBe(10)
    },
  )

  test.each<[string, unknown, ProblemCode]>([
    ['pause', {}, 'request-malformed'],
    ['abort', { reason: '  ' }, 'request-malformed'],
    ['pause', { reason, step: 0 }, 'request-malformed'],
    ['skip', { reason }, 'request-malformed'],
    ['skip', { reason, step: -1 }, 'request-malformed'],
    ['skip', { reason, step: 0.5 }, 'request-malformed'],
    ['skip', { reason, step: 1 }, 'step-passed'],
    ['resume', { reason }, 'not-paused'],
    ['stop', { reason }, 'path-unknown'],
  ])('%s of %j is refused: %s', async (control, body, code) => {
    await problemIn(await ask(control, body), code)
    expect((await live())?.canary?.weightPercent).toBe(10)
  })

  test.each<[string[], ProblemCode]>([
    [['invoke:churn'], 'scope-missing'],
    [['publish:churn', 'promote:other'], 'scope-missing'],
    [['promote:other'], 'operation-unknown'],
  ])('is refused to whoever has only %j', async (texts, code) => {
    for (const control of ['pause', 'abort'])
      await problemIn(await ask(control, { reason }, grantsOf(...texts)), code)
    expect((await live())?.canary?.weightPercent).toBe(10)
  })

  test.each([['promote:churn'], ['admin:*']])('is done for whoever has %s', async (text) => {
    expect((await ask('abort', { reason }, grantsOf(text))).status).toBe(200)
  })

  test('of an operation that is over is refused', async () => {
    await rig.registry.open(operationRecord('promotion-old', { state: 'rolled-back' }))
    for (const control of ['pause', 'resume', 'abort'])
      await problemIn(
        await rig.call('POST', `/operations/promotion-old/${control}`, { reason }),
        'operation-over',
      )
  })
})
