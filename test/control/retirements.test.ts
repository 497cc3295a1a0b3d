import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findBreak } from '../../lib/rules/audit.ts'
import type { ProblemCode } from '../../lib/rules/problem.ts'
import { problemIn } from '../harness/problem-document.ts'
import { Rig } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await rig.release(version)
  await rig.promote('1.0.0')
})
afterEach(() => rig.close())

const path = (version: string) => `/models/churn/versions/${version}/deprecation`
const deprecate = (version: string, body: unknown, query = '') =>
  rig.call('POST', `${path(version)}${query}`, body)
const undo = (version: string, body?: unknown) => rig.call('DELETE', path(version), body)

/** All that a request could have changed. */
async function state() {
  return JSON.stringify([
    await rig.registry.model('churn'),
    await rig.registry.versions('churn'),
    await rig.registry.operations('churn'),
    rig.started,
    rig.recorded,
  ])
}

describe('a deprecation', () => {
  test('is one move of nothing, told in the history and recorded in the store', async () => {
    const before = await rig.registry.model('churn')
    const asked = { sunset: '2026-06-01', successor: '1.2.0', reason: 'the plans have changed' }
    const answer = await deprecate('1.1.0', asked)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      model: 'churn',
      version: '1.1.0',
      deprecation: {
        at: '2026-03-01T10:00:00.000Z',
        sunset: '2026-06-01T00:00:00.000Z',
        successor: '1.2.0',
        reason: 'the plans have changed',
      },
      headers: {
        Deprecation: '@1772359200',
        Sunset: 'Mon, 01 Jun 2026 00:00:00 GMT',
        Link: '<../../versions/1.2.0/invocations>; rel="successor-version"',
      },
      warnings: [],
    })
    const after = await rig.registry.model('churn')
    expect(after).toMatchObject({ aliases: before?.aliases, accepted: before?.accepted })
    expect((await rig.registry.version('churn', '1.1.0'))?.state).toBe('READY')
    const entries = await rig.registry.history('churn')
    expect(entries.at(-1)).toMatchObject({
      kind: 'deprecated',
      version: '1.1.0',
      actor: 'ada',
      reason: 'the plans have changed',
      deprecation: { sunset: '2026-06-01T00:00:00.000Z' },
    })
    expect(findBreak(entries, after ?? { rev: 0, head: '' })).toBeUndefined()
    expect(rig.recorded).toEqual(entries)
    const { deprecation } = (await (await rig.get('/models/churn/versions/1.1.0')).json()) as {
      deprecation: object
    }
    expect(deprecation).toMatchObject({ successor: '1.2.0' })
  })

  test('of what an alias serves is allowed, and warned of', async () => {
    const { warnings } = (await (await deprecate('1.0.0', { reason: 'x' })).json()) as { warnings: string[] }
    expect(warnings).toEqual([
      "it is reached by alias 'live', whose callers are told as well",
      "it is reached by callers of the range '1.0', whose callers are told as well",
    ])
  })

  test('told anew keeps the day since when', async () => {
    await deprecate('1.1.0', { reason: 'x' })
    rig.now += 24 * 3600 * 1000
    await deprecate('1.1.0', { reason: 'y', sunset: '2026-06-01' })
    expect((await rig.registry.version('churn', '1.1.0'))?.deprecation).toEqual({
      at: '2026-03-01T10:00:00.000Z',
      sunset: '2026-06-01T00:00:00.000Z',
      reason: 'y',
    })
  })

  test('is taken back, and then there is none to take back', async () => {
    await deprecate('1.1.0', { reason: 'x' })
    expect((await undo('1.1.0', { reason: 'we keep it' })).status).toBe(200)
    expect((await rig.registry.version('churn', '1.1.0'))?.deprecation).toBeUndefined()
    const last = (await rig.registry.history('churn')).at(-1)
    expect(last).toMatchObject({ kind: 'deprecated', version: '1.1.0', reason: 'we keep it' })
    expect(last).not.toHaveProperty('deprecation')
    await problemIn(await undo('1.1.0'), 'not-deprecated')
  })

  test.each<[string, unknown, ProblemCode]>([
    ['9.9.9', { reason: 'x' }, 'version-unknown'],
    ['1.x', { reason: 'x' }, 'version-malformed'],
    ['1.1.0', {}, 'request-malformed'],
    ['1.1.0', { reason: 'x', sunset: 'soon' }, 'sunset-malformed'],
    ['1.1.0', { reason: 'x', sunset: '2026-03-01' }, 'sunset-malformed'],
    ['1.1.0', { reason: 'x', successor: '1.1.0' }, 'successor-unfit'],
    ['1.1.0', { reason: 'x', successor: '9.9.9' }, 'successor-unfit'],
    ['1.1.0', { reason: 'x', successor: '1' }, 'version-malformed'],
    ['1.1.0', { reason: 'x', sunsets: '2027-01-01' }, 'request-malformed'],
  ])('of %s as %j is refused as %s, and nothing has changed', async (version, asked, code) => {
    const before = await state()
    await problemIn(await deprecate(version, asked), code)
    expect(await state()).toBe(before)
  })
})

describe('callers', () => {
  const seen = [
    { version: '1.1.0', caller: 'shop', way: 'version', lastAt: '2026-03-01T09:00:00.000Z' },
    { version: '1.0.0', caller: 'reports', way: 'alias', lastAt: '2026-03-01T08:00:00.000Z' },
  ] as const

  test('are shown of a model and of a version', async () => {
    rig.calls.callers = [...seen]
    expect(await (await rig.get('/models/churn/callers')).json()).toEqual({ callers: seen })
    expect(await (await rig.get('/models/churn/versions/1.1.0/callers')).json()).toEqual({
      callers: [seen[0]],
    })
  })

  test('of what is not there are not shown', async () => {
    await problemIn(await rig.get('/models/nobody/callers'), 'model-unknown')
    await problemIn(await rig.get('/models/churn/versions/9.9.9/callers'), 'version-unknown')
  })

  test('keep a version from being retired, by name, until they are ignored', async () => {
    rig.calls.callers = [...seen]
    const before = await state()
    const asked = { version: '1.1.0', reason: 'old' }
    const { detail, errors } = await problemIn(await rig.ask('retirements', asked), 'still-in-use')
    expect(detail).toBe(
      'churn 1.1.0 is still in use: shop called it by its own path at 2026-03-01T09:00:00.000Z',
    )
    expect(errors).toHaveLength(1)
    expect(await state()).toBe(before)
    const begun = await rig.ask('retirements', { ...asked, ignoreCallers: true })
    expect(await begun.json()).toMatchObject({ kind: 'retirement', ignoreCallers: true })
  })
})

test('a version is retired neither before its sunset nor while it is a successor, and hears of both', async () => {
  await deprecate('1.1.0', { reason: 'x', successor: '1.2.0' })
  await deprecate('1.2.0', { reason: 'x', sunset: '2026-03-02' })
  const asked = { version: '1.2.0', reason: 'old' }
  const { errors } = await problemIn(await rig.ask('retirements', asked), 'still-in-use')
  expect(errors.map(({ found }) => found)).toEqual([
    'callers were promised it until 2026-03-02T00:00:00.000Z',
    'callers of 1.1.0 are sent to it',
  ])
  rig.now = Date.parse('2026-03-02T00:00:00Z')
  await undo('1.1.0')
  expect((await rig.ask('retirements', asked)).status).toBe(202)
})

describe('a dry run', () => {
  const moves: [string, () => [string, string, object], RegExp][] = [
    [
      'promotion',
      () => ['POST', '/models/churn/promotions', { version: '1.1.0' }],
      /^'live' of churn would move to 1\.1\.0 from 1\.0\.0, canary /,
    ],
    [
      'promotion of a new alias',
      () => ['POST', '/models/churn/promotions', { version: '1.1.0', alias: 'staging' }],
      /^'staging' of churn would move to 1\.1\.0 at once$/,
    ],
    [
      'rollback',
      () => ['POST', '/models/churn/rollbacks', { to: '1.1.0', reason: 'x' }],
      /^'live' of churn would return from 1\.0\.0 to 1\.1\.0 at once/,
    ],
    [
      'retirement',
      () => ['POST', '/models/churn/retirements', { version: '1.1.0', reason: 'x' }],
      /^churn 1\.1\.0 would be retired: /,
    ],
    [
      'deprecation',
      () => ['POST', path('1.1.0'), { sunset: '2026-06-01', reason: 'x' }],
      /Sunset: Mon, 01 Jun 2026 00:00:00 GMT$/,
    ],
  ]

  test.each(moves)('of a %s says what would be, and changes nothing', async (_, asked, would) => {
    const [method, place, body] = asked()
    const before = await state()
    for (const answer of [
      await rig.call(method, place, { ...body, dryRun: true }),
      await rig.call(method, `${place}?dryRun=true`, body),
    ]) {
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({
        dryRun: true,
        model: 'churn',
        version: '1.1.0',
        would: expect.stringMatching(would),
      })
    }
    expect(await state()).toBe(before)
    // And in earnest the same request does it.
    expect([200, 202]).toContain((await rig.call(method, place, { ...body, dryRun: false })).status)
    expect(await state()).not.toBe(before)
  })

  test('of the undoing of a deprecation says so', async () => {
    await deprecate('1.1.0', { reason: 'x' })
    const before = await state()
    const answer = await undo('1.1.0', { dryRun: true })
    expect(await answer.json()).toMatchObject({ would: 'churn 1.1.0 would be deprecated no more' })
    expect(await state()).toBe(before)
  })

  test.each<[string, object, ProblemCode]>([
    ['promotions', { version: '1.0.0' }, 'already-live'],
    ['promotions', { version: '9.9.9' }, 'version-unknown'],
    ['rollbacks', { reason: 'x' }, 'nothing-to-return-to'],
    ['retirements', { version: '1.0.0', reason: 'x' }, 'still-in-use'],
  ] as const)('of %s %j is refused as it would be in earnest', async (what, body, code) => {
    await problemIn(await rig.call('POST', `/models/churn/${what}?dryRun=true`, body), code)
  })

  test.each(['1', 'yes', 'True', ''])('that is spelt %j is refused, and nothing is done', async (spelt) => {
    const before = await state()
    const asked = { version: '1.1.0' }
    await problemIn(
      await rig.call('POST', `/models/churn/promotions?dryRun=${spelt}`, asked),
      'request-malformed',
    )
    expect(await state()).toBe(before)
  })
})
