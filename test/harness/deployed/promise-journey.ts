import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { HistoryEntry } from '../../../lib/rules/audit.ts'
import type { Operation } from '../../../lib/rules/operation.ts'
import { echoModel, timesModel } from '../onnx-models.ts'
import { until } from '../until.ts'
import type { Door } from './place.ts'
import { aside, type Travels, versionOf } from './travels.ts'

/** The model that promises are made of; `farewellJourney` and `sweepJourney` go on with it. */
export const kept = 'kept'
const reason = 'a journey'

const measured = (auc: number, release: object) => ({
  source: { git: '3f2c9d1', metrics: { auc } },
  release: { metrics: { auc: { better: 'higher', margin: 0.01 } }, ...release },
})

/** Promises of a release: its gates, the person who is asked, and the hands on its rollout. */
export function promiseJourney(here: () => Travels, door: Door, patienceMs: number): void {
  let waiting: Operation | undefined
  const keys = new Map<string, string>()
  const live = async () => (await here().model(kept)).aliases['live']
  const kinds = async (operation: string) =>
    (await here().history(kept))
      .filter((entry) => entry.operation === operation)
      .map(({ kind, weightPercent }) => (weightPercent === undefined ? kind : `${kind} ${weightPercent}`))

  /** A key of its own, made as people make keys. */
  async function keyOf(name: string, more: object): Promise<void> {
    const asked = { name, scopes: ['promote'], models: [kept], ...more }
    const { status, body } = await here().platform.call('POST', '/keys', asked)
    expect(status).toBe(201)
    keys.set(name, JSON.parse(body).key)
  }
  /** Ask by one of those keys. */
  async function as(name: string, path: string, body: unknown) {
    const headers = { authorization: `Bearer ${keys.get(name)}`, 'content-type': 'application/json' }
    const answer = await here().platform.send('POST', path, headers, JSON.stringify(body))
    return { status: answer.status, json: JSON.parse(answer.body) }
  }

  test(
    'moves staging, then live, and fails a version that does not answer its example as it should',
    async () => {
      const both = { alias: ['staging', 'live'], rollout: { kind: 'all-at-once' } }
      await here().putRelease(kept, '1.0.0', { 'model.onnx': timesModel(2) }, measured(0.9, both))
      await here().ready(kept, '1.0.0')
      await until('both have moved', async () => (await live())?.stable === '1.0.0', patienceMs)
      expect((await here().model(kept)).aliases).toMatchObject({ staging: { stable: '1.0.0' } })
      const moved = (await here().history(kept)).filter(({ kind }) => kind === 'promoted')
      expect(moved.map(({ alias }) => alias)).toEqual(['staging', 'live'])

      const wants = door.callers === 'keys' ? 'four-eyes' : 'required'
      const pair = echoModel({ name: 'x', type: 'float32' }, { name: 'z', type: 'float32' })
      const releases = [
        ['1.1.0', pair, measured(0.9, aside)],
        ['1.2.0', timesModel(3), measured(0.905, aside)],
        ['1.3.0', timesModel(4), measured(0.5, aside)],
        ['1.4.0', timesModel(5), measured(0.9, { ...aside, approval: wants })],
      ] as const
      for (const [version, model, manifest] of releases)
        await here().putRelease(kept, version, { 'model.onnx': model }, manifest)
      const wrong = { 'a.json': '{"x": 1}', 'b.json': '{"predictions": [3]}' }
      await here().putRelease(
        kept,
        '1.5.0',
        { 'model.onnx': timesModel(2), ...wrong },
        { examples: [{ request: 'a.json', expect: 'b.json' }] },
      )
      for (const [version] of releases) await here().ready(kept, version)
      await until('it has failed', async () => (await here().state(kept, '1.5.0')) === 'FAILED', patienceMs)
      const problem = await until('its release says why', async () => {
        const { operations } = await here().read<{ operations: Operation[] }>(`/models/${kept}/operations`)
        return operations.find(({ version, state }) => version === '1.5.0' && state === 'failed')?.problem
      })
      expect(problem).toMatchObject({
        code: 'golden-check-failed',
        errors: [{ pointer: '/examples/0/predictions/0', found: '2', allowed: '3 ± 0.000003' }],
      })
      expect((await here().ask(`${kept}/versions/1.5.0`, { x: 1 })).status).not.toBe(200)
    },
    patienceMs,
  )

  test('refuses a minor version that breaks its callers, and one whose metric is worse', async () => {
    const refused = async (version: string) => {
      const asked = { version, reason, rollout: 'all-at-once' }
      const { status, body } = await here().platform.call('POST', `/models/${kept}/promotions`, asked)
      return { status, ...JSON.parse(body) }
    }
    expect(await refused('1.1.0')).toMatchObject({
      status: 409,
      code: 'contract-broken',
      errors: expect.arrayContaining([expect.objectContaining({ pointer: '/signature/inputs/z' })]),
    })
    expect(await refused('1.3.0')).toMatchObject({
      status: 409,
      code: 'metrics-worse',
      errors: [{ pointer: '/source/metrics/auc', found: 'auc 0.5' }],
    })
    expect(await live()).toMatchObject({ stable: '1.0.0' })
  })

  test('lets a promotion wait for a person: nothing runs, and nothing moves', async () => {
    waiting = await here().promote(kept, '1.4.0', 'all-at-once')
    expect(waiting).toMatchObject({ state: 'waiting', approval: { expiresAt: expect.any(Number) } })
    const { approvals } = await here().read<{ approvals: Operation[] }>('/approvals')
    expect(approvals.map(({ id }) => id)).toEqual([waiting.id])
    expect(await here().executionsOf('promotion')).not.toContain(waiting.id)
  })

  if (door.callers === 'keys')
    test('lets a key of an alias move that one, and no other', async () => {
      await keyOf('stager', { aliases: ['staging'] })
      await keyOf('approver', {})
      const asked = { version: '1.2.0', reason, rollout: 'all-at-once' }
      expect(await as('stager', `/models/${kept}/promotions`, asked)).toMatchObject({
        status: 403,
        json: { code: 'scope-missing' },
      })
      const moved = await as('stager', `/models/${kept}/aliases/staging/promotions`, asked)
      expect(moved.status).toBe(202)
      expect(await here().ended(moved.json.id)).toMatchObject({ state: 'succeeded', alias: 'staging' })
      expect(await as('stager', `/operations/${waiting?.id}/approval`, yes)).toMatchObject({ status: 403 })
      expect(await live()).toMatchObject({ stable: '1.0.0' })
    })

  if (door.callers === 'keys')
    test('lets somebody without a key decide by a link, once, and shows nobody else who may', async () => {
      const { platform } = here()
      const asked = { version: '1.4.0', reason, rollout: 'all-at-once' }
      const { body } = await platform.call('POST', `/models/${kept}/aliases/staging/promotions`, asked)
      const { id, state } = JSON.parse(body) as Operation
      expect(state).toBe('waiting')
      const made = await as('approver', `/operations/${id}/approval/links`, { for: 'Bea' })
      expect(made.status).toBe(201)
      const page = await platform.send('GET', made.json.path, {})
      expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store'])
      expect(page.body).toContain('Bea')
      const strange = made.json.path.replace(/secret=.{4}/, 'secret=0000')
      expect((await platform.send('GET', strange, {})).status).toBe(404)
      const decided = (decision: string) =>
        platform.send(
          'POST',
          made.json.path,
          { 'content-type': 'application/x-www-form-urlencoded' },
          new URLSearchParams({ decision, reason: 'not on a Friday' }).toString(),
        )
      expect((await decided('reject')).status).toBe(200)
      expect((await decided('approve')).status).toBe(409)
      expect(await here().ended(id)).toMatchObject({ state: 'failed', problem: { code: 'rejected' } })
      expect((await here().history(kept)).at(-1)).toMatchObject({
        kind: 'rejected',
        actor: expect.stringMatching(/^Bea \(by a link of key approver \([0-9a-f]{16}\)\)$/),
      })
    })

  test(
    'goes on by a skip without a call, and takes its traffic back when it is aborted',
    async () => {
      const { id } = await here().promote(kept, '1.2.0', 'canary:10%/600s,50%/600s')
      await here().bakes(id, 0)
      await here().control(id, 'skip', { step: 0, reason })
      await here().bakes(id, 1)
      await here().control(id, 'abort', { reason: 'the wrong one' })
      // A router may serve by a record of half a second ago.
      await pause(1000)
      for (let call = 0; call < 10; call += 1)
        expect(versionOf(await here().ask(kept, { x: 1 }))).toBe('1.0.0')
      expect(await here().ended(id)).toMatchObject({ state: 'rolled-back', problem: { code: 'aborted' } })
      expect(await kinds(id)).toEqual(['canary-started 10', 'weight-moved 50', 'rolled-back'])
    },
    patienceMs,
  )

  test(
    'moves in equal steps, stands while it is paused, and goes on when it is resumed',
    async () => {
      const { id } = await here().promote(kept, '1.2.0', 'linear:40%/3s')
      const led = async () => {
        await here().bakes(id, 0)
        await here().control(id, 'pause', { reason: 'to look closer' })
        await pause(5000)
        expect((await live())?.canary?.weightPercent).toBe(40)
        await here().control(id, 'resume', { reason: 'it is fine' })
        return here().ended(id)
      }
      const { result, answers } = await here().underTraffic(kept, [{ x: 1 }, { x: 2 }], led())
      expect(result).toMatchObject({ state: 'succeeded' })
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      expect(await kinds(id)).toEqual([
        'canary-started 40',
        'paused',
        'resumed',
        'weight-moved 80',
        'promoted',
      ])
    },
    patienceMs,
  )

  test(
    'moves when somebody approves what has waited all the while',
    async () => {
      const path = `/operations/${waiting?.id}/approval`
      expect(await here().read(`/operations/${waiting?.id}`)).toEqual(waiting)
      if (door.callers === 'keys') {
        const { status, body } = await here().platform.call('POST', path, yes)
        expect([status, JSON.parse(body).code]).toEqual([403, 'four-eyes'])
        expect((await as('approver', path, yes)).status).toBe(200)
      } else expect((await here().platform.call('POST', path, yes)).status).toBe(200)
      expect(await here().ended(waiting?.id ?? '')).toMatchObject({ state: 'succeeded' })
      expect(await live()).toMatchObject({ stable: '1.4.0' })
      const entries: HistoryEntry[] = await here().history(kept)
      const told = entries.filter(({ operation }) => operation === waiting?.id)
      expect(told.map(({ kind }) => kind)).toEqual(['approved', 'promoted'])
      if (door.callers === 'keys') expect(told[0]?.actor).toMatch(/^key approver \([0-9a-f]{16}\)$/)
    },
    patienceMs,
  )
}

const yes = { decision: 'approve', reason: 'I looked at it' }
