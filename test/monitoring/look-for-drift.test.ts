import { beforeEach, describe, expect, test } from '@jest/globals'
import { driftOf } from '../../lambdas/monitoring/drift-view.ts'
import { everyVersion } from '../../lambdas/monitoring/every-version.ts'
import { forgetCaptures } from '../../lambdas/monitoring/forget-captures.ts'
import type { MonitoringStore } from '../../lambdas/monitoring-ports.ts'
import { beginRollback } from '../../lambdas/rollback/roll-back.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import { refused } from '../harness/refused.ts'
import { begun, DriftWorld, hourMs, recorded } from './drift-world.ts'

let world: DriftWorld
beforeEach(() => {
  world = new DriftWorld()
})

const view = async (version = '1.0.0') => {
  const { versions } = await driftOf(world.ports, 'churn', version)
  const [found] = versions
  if (found === undefined) throw new Error(`${version} is not recorded`)
  return found
}

describe('drift, looked for', () => {
  test('is found once where a population shifts, and its end once where it returns', async () => {
    await world.release('1.0.0')
    await world.baseline('1.0.0')
    for (const shift of [0, 0, -8, -8, -8, -8, 0, 0, 0, 0, 0]) {
      world.hour('1.0.0', 300, shift)
      await world.look()
    }
    const told = world.events.heard.map((event) => event['detail-type'])
    expect(told).toEqual(['Drift Detected', 'Drift Ended'])
    const [found] = world.events.heard
    expect(found?.detail.message).toMatch(
      /^churn 1\.0\.0 drifted: `tenure` moved from median 1[34](?:\.\d+)? to /,
    )
    expect(found?.detail['columns']).toEqual(['tenure'])
    expect(found?.detail['notice']).toBe('drift:churn@1.0.0:2026-03-01T13-00-00Z')
    const { series, breaches, lookedUntil } = await view()
    expect(series.map(({ verdict }) => verdict)).toEqual(
      [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0].map((drifted) => (drifted === 1 ? 'drifted' : 'steady')),
    )
    expect(series.every(({ rows }) => rows === 300)).toBe(true)
    expect(breaches).toEqual([])
    expect(lookedUntil).toBe('2026-03-01T21:00:00.000Z')
  })

  test('is not found where nothing shifts, window after window', async () => {
    await world.release('1.0.0')
    await world.baseline('1.0.0')
    for (let hour = 0; hour < 24; hour += 1) {
      world.hour('1.0.0', 150)
      await world.look()
    }
    expect(world.events.heard).toEqual([])
  })

  test('comes to the same bytes however often it is looked for, and whenever', async () => {
    const once = new DriftWorld()
    for (const one of [world, once]) {
      await one.release('1.0.0')
      await one.baseline('1.0.0')
    }
    for (const shift of [0, -8, -8, 0]) {
      world.hour('1.0.0', 200, shift)
      once.hour('1.0.0', 200, shift)
      await Promise.all([world.look(), world.look()])
      await world.look()
    }
    await once.look()
    const facts = (text: string) => text.replaceAll(/"toldAt":"[^"]+"/g, '')
    const [first, second] = [await world.all(), await once.all()]
    expect(Object.keys(first)).toEqual(Object.keys(second))
    for (const [key, text] of Object.entries(first)) expect(facts(text)).toBe(facts(second[key] ?? ''))
  })

  test('is told once, whatever write the process dies after', async () => {
    const hook = 'drift: {onDrift: {webhook: "https://hooks.example.com/drift"}}\n'
    for (let survives = 0; survives < 12; survives += 1) {
      world = new DriftWorld()
      await world.release('1.0.0', recorded + hook)
      await world.baseline('1.0.0')
      for (const shift of [-8, -8]) world.hour('1.0.0', 200, shift)
      world.monitoring = dyingAfter(world.documents, survives)
      await world.look().catch(() => {})
      world.monitoring = world.documents
      await world.look()
      await world.look()
      // Between the telling and the writing down of it a death is told twice, under one id.
      const ids = new Set(world.webhooks.posts.map(({ headers }) => headers['webhook-id']))
      expect(ids.size).toBe(1)
      expect(new Set(world.webhooks.posts.map(({ body }) => body)).size).toBe(1)
      expect(world.webhooks.posts.length).toBeLessThanOrEqual(2)
      expect(new Set(world.events.heard.map(({ detail }) => detail['notice'])).size).toBe(1)
      expect((await view()).notices).toMatchObject([{ webhook: { state: 'delivered' } }])
    }
  })

  test('waits until a window is over, and for the records that come late', async () => {
    await world.release('1.0.0')
    await world.baseline('1.0.0')
    world.hour('1.0.0', 200)
    world.now -= 1
    expect((await world.look()).windows).toBe(0)
    world.now += 1
    expect((await world.look({ graceMs: 60_000 })).windows).toBe(0)
    expect((await world.look()).windows).toBe(1)
    expect((await world.look()).windows).toBe(0)
  })

  test('is caught up with where it was not looked for, a bounded number of windows at a time', async () => {
    await world.release('1.0.0')
    await world.baseline('1.0.0')
    for (let hour = 0; hour < 7; hour += 1) world.hour('1.0.0', 120)
    expect((await world.look({ mostWindows: 3 })).windows).toBe(3)
    expect((await world.look({ mostWindows: 3 })).windows).toBe(3)
    expect((await world.look({ mostWindows: 3 })).windows).toBe(1)
  })

  test('skips what nobody called in', async () => {
    await world.release('1.0.0')
    await world.baseline('1.0.0')
    world.hour('1.0.0', 120)
    world.now += 500 * hourMs
    world.hour('1.0.0', 120)
    expect((await world.look()).windows).toBe(2)
    const { series } = await view()
    expect(series.map(({ start }) => start)).toEqual(['2026-03-01T10:00:00.000Z', '2026-03-22T07:00:00.000Z'])
    world.now += 100 * hourMs
    expect((await world.look()).windows).toBe(0)
  })

  test('says of few rows that it cannot tell', async () => {
    await world.release('1.0.0')
    await world.baseline('1.0.0')
    for (let hour = 0; hour < 4; hour += 1) world.hour('1.0.0', 20, -8)
    await world.look()
    expect((await view()).series.map(({ verdict }) => verdict)).toEqual(Array(4).fill('unknown'))
    expect(world.events.heard).toEqual([])
  })

  test('is looked for by the thresholds of the manifest', async () => {
    const strict =
      'drift: {raiseAfter: 1, minRows: 10, thresholds: {kolmogorovSmirnov: 0.9, wasserstein: 9}}\n'
    await world.release('1.0.0', recorded + strict)
    await world.baseline('1.0.0')
    world.hour('1.0.0', 200, -1)
    await world.look()
    expect((await view()).series[0]?.verdict).toBe('steady')
    world.hour('1.0.0', 60, -40)
    await world.look()
    expect(world.events.heard).toHaveLength(1)
  })

  test('leaves alone what is not recorded, and what is hidden', async () => {
    await world.release('0.9.0', '')
    await world.release('1.0.0', 'capture: {samplePercent: 100, mask: [tenure]}\ndrift: {learnFrom: 200}\n')
    for (const shift of [0, -8, -8, -8]) world.hour('1.0.0', 200, shift)
    expect((await world.look()).broken).toEqual([])
    const { versions } = await driftOf(world.ports, 'churn')
    expect(versions.map(({ version }) => version)).toEqual(['1.0.0'])
    const { latest, leftOut } = await view()
    expect(latest?.report?.features.map(({ name }) => name).toSorted()).toEqual(['churn', 'plan'])
    expect(leftOut).toEqual(['`tenure` is hidden from what is recorded, and not looked at'])
    expect(world.events.heard).toEqual([])
  })

  test('of one version that cannot be looked at keeps no other from it', async () => {
    for (const version of ['1.0.0', '1.1.0']) {
      await world.release(version)
      await world.baseline(version)
      world.hour(version, 120)
    }
    await world.documents.write(monitoringKeys.baseline('churn', '1.0.0'), '{"format":"x"}')
    const { broken, windows } = await world.look()
    expect(windows).toBe(1)
    expect(broken).toEqual([
      "churn 1.0.0 could not be looked at for drift: the baseline cannot be read: it is of the format 'x', version undefined, and this Sluice reads version 1 of 'sluice-baseline'",
    ])
  })
})

describe('a version without a baseline', () => {
  test('learns it from its first records, is not judged by them, and says so', async () => {
    await world.release('1.0.0', `${recorded}drift: {learnFrom: 500}\n`)
    for (let hour = 0; hour < 2; hour += 1) world.hour('1.0.0', 200)
    await world.look()
    expect((await view()).baseline).toMatchObject({ kind: 'learning', rows: 400, learnFrom: 500 })
    for (const shift of [0, -8, -8]) world.hour('1.0.0', 200, shift)
    await world.look()
    const { baseline, series } = await view()
    expect(baseline).toMatchObject({ kind: 'learned', rows: 500, untilMs: begun + 3 * hourMs })
    expect(series.map(({ verdict }) => verdict)).toEqual([
      undefined,
      undefined,
      undefined,
      'drifted',
      'drifted',
    ])
    expect(world.events.heard[0]?.detail.message).toMatch(
      /; compared with its own first records, since it had no baseline$/,
    )
    expect(world.events.heard[0]?.detail['baseline']).toBe('learned')
  })

  test('learns nothing twice, whatever write the process dies after', async () => {
    const whole = new DriftWorld()
    const prepare = async (one: DriftWorld) => {
      await one.release('1.0.0', `${recorded}drift: {learnFrom: 500}\n`)
      for (let hour = 0; hour < 4; hour += 1) one.hour('1.0.0', 200)
    }
    await prepare(whole)
    await whole.look()
    const expected = (await whole.all())[monitoringKeys.baseline('churn', '1.0.0')]
    for (let survives = 0; survives < 9; survives += 1) {
      world = new DriftWorld()
      await prepare(world)
      world.monitoring = dyingAfter(world.documents, survives)
      await world.look().catch(() => {})
      world.monitoring = world.documents
      await world.look()
      expect((await world.all())[monitoringKeys.baseline('churn', '1.0.0')]).toBe(expected)
    }
  })
})

describe('what is done about a breach', () => {
  const breach = async (onDrift: string, versions = ['1.0.0']) => {
    for (const version of versions) {
      await world.release(version, `${recorded}drift: {onDrift: ${onDrift}}\n`)
      await world.serve(version)
    }
    const version = versions.at(-1) ?? ''
    await world.baseline(version)
    for (const shift of [-8, -8]) {
      world.hour(version, 300, shift)
      await world.look()
    }
    return version
  }

  test('a webhook that does not answer is tried again, ever later, for a day, and every try is written down', async () => {
    world.webhooks.answer = { fault: 'there was no answer: nobody listens' }
    await breach('{webhook: "https://hooks.example.com/drift"}')
    const began = world.now
    let givenUp = 0
    for (let minute = 0; minute < 30 * 60; minute += 1) {
      world.now += 60_000
      givenUp += (await world.look()).givenUp
    }
    expect(givenUp).toBe(1)
    const [notice] = (await view()).notices
    const { state, attempts } = notice?.webhook ?? { attempts: [] }
    expect(state).toBe('given-up')
    expect(attempts).toHaveLength(world.webhooks.posts.length)
    const at = attempts.map((attempt) => Date.parse(attempt.at))
    expect(at[0]).toBe(began)
    expect((at.at(-1) ?? 0) - began).toBeLessThanOrEqual(24 * hourMs)
    const waits = at.slice(1).map((one, i) => one - (at[i] ?? 0))
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(attempts[0]?.fault).toBe('there was no answer: nobody listens')
    // To try again is not to find again.
    expect(world.events.heard).toHaveLength(1)
  })

  test('a webhook that answers in between is told no more', async () => {
    world.webhooks.answer = { status: 503 }
    await breach('{webhook: "https://hooks.example.com/drift"}')
    world.webhooks.answer = { status: 204 }
    for (let minute = 0; minute < 10; minute += 1) {
      world.now += 60_000
      await world.look()
    }
    expect(world.webhooks.posts).toHaveLength(2)
    const bodies = world.webhooks.posts.map(({ body }) => body)
    expect(bodies[0]).toBe(bodies[1])
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      specversion: '1.0',
      type: 'sluice.drift.detected',
      source: '/sluice/test/models/churn/versions/1.0.0',
      data: { columns: [{ name: 'tenure', side: 'input', since: '2026-03-01T10:00:00.000Z' }] },
    })
  })

  test('a retraining is asked for with what to answer to, and the version that answers is shown', async () => {
    await breach('{retrain: "https://train.example.com/"}')
    const event = JSON.parse(world.webhooks.posts[0]?.body ?? '')
    expect(event.type).toBe('sluice.retraining.asked')
    const { answers } = event.data.answer.manifest.source
    await world.release('1.1.0', `source: {answers: "${answers}"}\n`)
    expect((await view()).notices).toMatchObject([{ id: answers, answeredBy: ['1.1.0'] }])
  })

  test('an alias returns where it is asked to, with the sentence as the reason, once', async () => {
    const version = await breach('{rollback: true}', ['1.0.0', '1.1.0'])
    expect((await world.registry.model('churn'))?.aliases['live']?.stable).toBe('1.0.0')
    const [operation, ...others] = await world.registry.operations('churn')
    expect(others).toEqual([])
    expect(operation).toMatchObject({ kind: 'rollback', version: '1.0.0', from: version, actor: 'sluice' })
    expect(operation?.reason).toMatch(/^churn 1\.1\.0 drifted: `tenure` moved from .*\(drift:churn@1\.1\.0:/)
    for (const shift of [-8, -8]) {
      world.hour(version, 300, shift)
      await world.look()
    }
    expect(await world.registry.operations('churn')).toHaveLength(1)
    expect((await view(version)).notices).toMatchObject([
      { rollback: [`'live' returns to 1.0.0: ${operation?.id}`] },
    ])
  })

  test.each([
    ['that serves another version by now', ['1.0.0', '1.1.0'], '1.2.0', 'no alias serves 1.1.0'],
    ['that has served nothing before', ['1.0.0'], undefined, "'live' has served nothing before 1.0.0"],
  ])('an alias %s stays', async (_, versions, later, sentence) => {
    const onDrift = '{rollback: true}'
    for (const version of versions) {
      await world.release(version, `${recorded}drift: {onDrift: ${onDrift}}\n`)
      await world.serve(version)
    }
    const version = versions.at(-1) ?? ''
    await world.baseline(version)
    for (const shift of [-8, -8]) world.hour(version, 300, shift)
    if (later !== undefined) {
      await world.release(later)
      await world.serve(later)
    }
    const before = await world.registry.model('churn')
    await world.look()
    expect(await world.registry.model('churn')).toEqual(before)
    expect((await view(version)).notices[0]?.rollback?.[0]).toContain(sentence)
  })
})

test('a rollback that was decided of one version leaves another alone that came in between', async () => {
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
    await world.release(version)
    await world.serve(version)
  }
  const of = { model: 'churn', version: '1.1.0', alias: 'live', actor: 'sluice', reason: 'it drifted' }
  const problem = await refused(
    beginRollback(world.ports, { ...of, id: 'rollback-drift-1', from: '1.1.0', onlyFrom: '1.1.0' }),
  )
  expect(problem.code).toBe('moved-meanwhile')
  expect((await world.registry.model('churn'))?.aliases['live']?.stable).toBe('1.2.0')
  expect((await world.registry.operation('rollback-drift-1'))?.state).toBe('failed')
})

test('what is too old is removed once a day, of whatever became of its version', async () => {
  await world.release('1.0.0', 'capture: {samplePercent: 100, retentionDays: 2}\n')
  world.hour('1.0.0', 5)
  const removed: number[] = []
  const forget = async ({ beforeMs }: { readonly beforeMs: number }) => void removed.push(beforeMs)
  const ports = { ...world.ports, captures: Object.assign(Object.create(world.captures), { forget }) }
  for (let hour = 0; hour < 48; hour += 1) {
    expect(await forgetCaptures(ports, await everyVersion(ports.registry))).toEqual([])
    world.now += hourMs
  }
  expect(removed).toEqual([begun + hourMs - 48 * hourMs, begun + hourMs - 24 * hourMs])
})

/** A store that a process writes so often before it dies. */
function dyingAfter(store: MonitoringStore, writes: number): MonitoringStore {
  let left = writes
  return {
    read: (key) => store.read(key),
    list: (prefix) => store.list(prefix),
    remove: (key) => store.remove(key),
    write: async (key, text) => {
      if (left === 0) throw new Error('the process was killed')
      left -= 1
      await store.write(key, text)
    },
  }
}
