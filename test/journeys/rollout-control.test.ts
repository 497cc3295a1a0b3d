import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { readRelease } from '../../cli/release-files.ts'
import { Traffic } from '../../cli/traffic.ts'
import { upload } from '../../cli/upload.ts'
import { findBreak } from '../../lib/rules/audit.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { sluiceRun } from '../cli/command.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { irisRow, root, Stage, whole } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
    await upload(stage.client, await readRelease(join(root, 'examples', 'iris', version), {}))
    await stage.ended('release', 'iris', version)
  }
  await stage.serves('iris', '1.0.0')
}, 60_000)
afterAll(() => stage.close())

const rows = async () => JSON.parse(await readFile(join(root, 'examples', 'iris', 'rows.json'), 'utf8'))
let traffic: Traffic | undefined
const startTraffic = async () => {
  traffic = new Traffic(stage.client, 'iris', await rows(), 8, 4)
}
afterEach(async () => {
  await traffic?.stop()
  traffic = undefined
})

const live = async () => (await stage.client.model('iris')).aliases['live']
const promote = (version: string, rollout: string) =>
  stage.client.promote('iris', { version, rollout, reason: 'a journey' })
const reason = 'to look closer'

/** Wait until a rollout bakes at a step. */
const bakes = (id: string, step: number): Promise<Operation> =>
  until(`${id} bakes at step ${step}`, async () => {
    const operation = await stage.client.operation(id)
    return operation.rollout?.step === step && operation
  })
/** What the history tells of one promotion. */
const entriesOf = async (operation: string) =>
  (await stage.client.history('iris')).filter((entry) => entry.operation === operation)
const kindsOf = async (operation: string) =>
  (await entriesOf(operation)).map(({ kind, weightPercent }) =>
    weightPercent === undefined ? kind : `${kind} ${weightPercent}`,
  )

describe('a rollout that people hold, push and end', () => {
  beforeEach(async () => {
    const standing = await live()
    if (standing?.stable === '1.1.0') await stage.over((await stage.client.rollback('iris', { reason })).id)
    await stage.serves('iris', '1.0.0')
  })

  test('paused past its bake time it does not move; resumed it bakes what was left, and is promoted', async () => {
    await startTraffic()
    const { id } = await promote('1.1.0', 'canary:50%/2s')
    await bakes(id, 0)
    const paused = await stage.client.controlRollout(id, 'pause', { reason })
    expect(paused.paused).toMatchObject({ by: expect.any(String), reason })
    await pause(3500)
    expect(await stage.client.operation(id)).toMatchObject({
      state: 'running',
      rollout: { step: 0, verdict: { decision: 'hold', reason: expect.stringContaining('paused by') } },
    })
    expect((await live())?.canary?.weightPercent).toBe(50)
    const resumed = await stage.client.controlRollout(id, 'resume', { reason: 'it is fine' })
    const pausedMs = (resumed.rollout?.bakeEndsAt ?? 0) - (paused.rollout?.bakeEndsAt ?? 0)
    expect(pausedMs).toBeGreaterThanOrEqual(3500)
    expect(resumed.deadline - paused.deadline).toBe(pausedMs)
    expect((await stage.over(id)).state).toBe('succeeded')
    expect(await kindsOf(id)).toEqual(['canary-started 50', 'paused', 'resumed', 'promoted'])
    const told = stage.events.filter(({ detail }) => detail['operation'] === id)
    expect(told.map((event) => event['detail-type'])).toEqual(
      expect.arrayContaining(['Rollout Paused', 'Rollout Resumed']),
    )
  }, 40_000)

  test('paused under harm it is taken back all the same', async () => {
    const { id } = await promote('1.2.0', 'canary:20%/60s')
    await bakes(id, 0)
    await stage.client.controlRollout(id, 'pause', { reason })
    await startTraffic()
    const ended = await stage.over(id)
    expect(ended).toMatchObject({ state: 'rolled-back', problem: { code: 'rolled-back' } })
    expect(ended.rollout?.verdict?.reason).toMatch(/canary calls failed/)
    expect(await live()).toMatchObject({ stable: '1.0.0' })
    expect(await kindsOf(id)).toEqual(['canary-started 20', 'paused', 'rolled-back'])
  }, 40_000)

  test('skipped twice at once it goes on by one step, without a call, and by whom stands in the history', async () => {
    const { id } = await promote('1.1.0', 'canary:10%/60s,50%/60s')
    await bakes(id, 0)
    const skip = () => stage.client.controlRollout(id, 'skip', { step: 0, reason })
    await Promise.all([skip(), skip()])
    await bakes(id, 1)
    await expect(skip()).rejects.toMatchObject({ code: 'step-passed' })
    expect(await kindsOf(id)).toEqual(['canary-started 10', 'weight-moved 50'])
    await pause(600)
    expect((await live())?.canary?.weightPercent).toBe(50)
    await stage.client.controlRollout(id, 'skip', { step: 1, reason: 'seen enough' })
    expect((await stage.over(id)).state).toBe('succeeded')
    expect((await entriesOf(id)).at(-1)).toMatchObject({
      kind: 'promoted',
      reason: 'skipped step 2: seen enough',
    })
  }, 30_000)

  test('aborted, the very next call is answered by what was stable; it ends with who and why', async () => {
    const { id } = await promote('1.1.0', 'canary:50%/60s')
    await bakes(id, 0)
    await stage.client.controlRollout(id, 'abort', { reason: 'the wrong one' })
    for (let call = 0; call < 30; call += 1)
      expect((await stage.ask('iris', '', irisRow)).version).toBe('1.0.0')
    const ended = await stage.over(id)
    expect(ended).toMatchObject({
      state: 'rolled-back',
      problem: { code: 'aborted' },
      abort: { reason: 'the wrong one' },
    })
    expect(await entriesOf(id)).toMatchObject([
      { kind: 'canary-started' },
      { kind: 'rolled-back', reason: 'the wrong one', version: '1.0.0', from: '1.1.0' },
    ])
    await expect(stage.client.controlRollout(id, 'abort', { reason })).rejects.toMatchObject({
      code: 'operation-over',
    })
  }, 30_000)

  test('linear:30% gives 30, 60 and 90 %, and then all', async () => {
    await startTraffic()
    const { id } = await promote('1.1.0', 'linear:30%/1s')
    expect((await stage.over(id)).state).toBe('succeeded')
    expect(await kindsOf(id)).toEqual(['canary-started 30', 'weight-moved 60', 'weight-moved 90', 'promoted'])
  }, 40_000)

  test('what is over, or is no promotion, is left alone', async () => {
    const { id } = await promote('1.1.0', 'all-at-once')
    await stage.over(id)
    for (const control of ['pause', 'resume', 'abort'] as const)
      await expect(stage.client.controlRollout(id, control, { reason })).rejects.toMatchObject({
        code: 'operation-over',
        message: expect.stringContaining('sluice rollback'),
      })
    const release = await stage.ended('release', 'iris', '1.1.0')
    await expect(stage.client.controlRollout(release.id, 'pause', { reason })).rejects.toMatchObject({
      code: 'not-a-promotion',
    })
  }, 20_000)

  test('its history is whole', async () => {
    expect(findBreak(await stage.client.history('iris'), await stage.client.model('iris'))).toBeUndefined()
  })
})

describe('staging, then live', () => {
  const release = (more: string, factor: number) =>
    whole({ 'model.onnx': timesModel(factor) }, `release:\n  alias: [staging, live]\n${more}`)
  const aliases = async () => (await stage.client.model('steps').catch(() => undefined))?.aliases

  test('a release moves staging, and then live', async () => {
    await stage.drop('steps', '1.0.0', release('  rollout: {kind: all-at-once}\n', 2))
    const first = await stage.ended('promotion', 'steps', '1.0.0')
    expect(first).toMatchObject({
      state: 'succeeded',
      alias: 'staging',
      then: ['live'],
      next: `${first.id}-next`,
    })
    expect(await stage.over(`${first.id}-next`)).toMatchObject({ state: 'succeeded', alias: 'live' })
    expect(await aliases()).toMatchObject({ staging: { stable: '1.0.0' }, live: { stable: '1.0.0' } })
  }, 30_000)

  test('staging has no traffic, and moves at once; the rollout is that of live', async () => {
    await stage.drop(
      'steps',
      '1.1.0',
      release('  rollout: {kind: canary, steps: [{weightPercent: 10, bakeTimeSeconds: 600}]}\n', 3),
    )
    const first = await stage.ended('promotion', 'steps', '1.1.0')
    expect(first).toMatchObject({ state: 'succeeded', rollout: { plan: { kind: 'all-at-once' } } })
    await bakes(`${first.id}-next`, 0)
    expect(await aliases()).toMatchObject({
      staging: { stable: '1.1.0' },
      live: { stable: '1.0.0', canary: { version: '1.1.0', weightPercent: 10 } },
    })
    await stage.client.controlRollout(`${first.id}-next`, 'abort', { reason })
    expect((await stage.over(`${first.id}-next`)).state).toBe('rolled-back')
  }, 30_000)

  test('live, wherever it stands in the order, has the rollout; what is taken back ends the order', async () => {
    await stage.drop('steps', '1.2.0', whole({ 'model.onnx': timesModel(4) }))
    await stage.ended('release', 'steps', '1.2.0')
    const asked = { version: '1.2.0', alias: 'live', then: ['later'], rollout: 'canary:10%/60s' }
    const { id } = await stage.client.promote('steps', asked)
    await bakes(id, 0)
    await stage.client.controlRollout(id, 'abort', { reason })
    const ended = await stage.over(id)
    expect(ended.state).toBe('rolled-back')
    expect(ended.next).toBeUndefined()
    await expect(stage.client.operation(`${id}-next`)).rejects.toMatchObject({ code: 'operation-unknown' })
    expect((await aliases())?.['later']).toBeUndefined()
  }, 30_000)

  test('an order that names an alias twice is refused', async () => {
    await expect(
      stage.client.promote('steps', { version: '1.1.0', alias: 'live', then: ['live'] }),
    ).rejects.toMatchObject({ code: 'alias-malformed' })
  })
})

describe('the command', () => {
  const run = (...args: string[]) => sluiceRun([...args, '--platform', stage.url])

  test('pauses, resumes, skips and aborts, and says how it stands then', async () => {
    const staged = ['promote', 'steps', '1.2.0', '--alias', 'staging', '--then', 'live', '--no-wait']
    const begun = await run(...staged, '--rollout', 'canary:10%/60s,50%/60s', '--reason', 'a try', '--json')
    const next = `${begun.json['id']}-next`
    await stage.over(`${begun.json['id']}`)
    await bakes(next, 0)
    const watched = run('watch', `${begun.json['id']}`)
    const paused = await run('pause', next, '--reason', 'lunch')
    expect(paused).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("paused: 1.2.0 keeps 10 % of 'live'"),
    })
    expect((await run('skip', next, '--reason', 'x', '--json')).json).toMatchObject({
      code: 'rollout-paused',
    })
    expect((await run('pause', next, '--reason', 'x')).code).toBe(1)
    expect((await run('resume', next, '--reason', 'back')).stdout).toContain('resumed: 1.2.0')
    expect((await run('skip', next, '--reason', 'fine', '--json')).json).toMatchObject({ skip: { step: 0 } })
    await bakes(next, 1)
    expect((await run('skip', next, '--step', '1', '--reason', 'late', '--json')).json).toMatchObject({
      code: 'step-passed',
    })
    expect((await run('abort', next, '--reason', 'enough')).stdout).toContain(
      "gets nothing of 'live' any more",
    )
    const { code, stderr } = await watched
    expect(code).toBe(3)
    for (const line of ["next: 'live'", 'paused by', 'lunch', 'resumed by', 'skipped by', 'aborted by'])
      expect(stderr).toContain(line)
  }, 60_000)

  test.each([
    ['pause', 'x'],
    ['skip', 'x', '--step', '0', '--reason', 'y'],
  ])('refuses %s %s', async (...args) => {
    expect((await run(...args)).code).toBe(1)
  })
})
