import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Deprecation } from '../../lib/rules/model-version.ts'
import { problemIn } from '../harness/problem-document.ts'
import { readyRecord } from '../harness/records.ts'
import { churn, Rig, says } from './rig.ts'

const record = { tenure: 1, plan: 'gold' }
const deprecation: Deprecation = {
  at: '2026-02-01T00:00:00.000Z',
  sunset: '2027-04-01T00:00:00.000Z',
  successor: '2.0.0',
  reason: 'it does not know the new plans',
}

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.registry.claim({ ...readyRecord('churn', '1.0.0', churn), deprecation })
  await rig.release('churn', '2.0.0', churn)
  const live = { stable: '1.0.0', previous: '2.0.0', by: 'x' }
  await rig.move('churn', { aliases: { live }, accepted: ['1.0.0', '2.0.0'] })
})
afterEach(() => rig.close())

const ask = (path: string, body: unknown = record) => rig.json(`/models/churn${path}/invocations`, body)

function notice({ headers }: Response) {
  return ['deprecation', 'sunset', 'link'].map((name) => headers.get(name))
}

describe('a deprecated version', () => {
  test.each([
    ['', '<versions/2.0.0/invocations>; rel="successor-version"'],
    ['/aliases/live', '<../../versions/2.0.0/invocations>; rel="successor-version"'],
    ['/versions/1.0.0', '<../../versions/2.0.0/invocations>; rel="successor-version"'],
    ['/versions/^1', '<../../versions/2.0.0/invocations>; rel="successor-version"'],
  ])('still answers at %j, and says that it will go', async (path, link) => {
    const answer = await ask(path)
    expect(answer.status).toBe(200)
    expect(notice(answer)).toEqual(['@1769904000', 'Thu, 01 Apr 2027 00:00:00 GMT', link])
  })

  test('says so to requests that are refused, and where the model fails', async () => {
    const refused = await ask('/versions/1.0.0', { tenure: 'long' })
    expect([refused.status, notice(refused)[0]]).toEqual([422, '@1769904000'])
    rig.host.scripts.set('churn-1.0.0', () => says({ error: 'no' }, 500))
    const failed = await ask('/versions/1.0.0')
    expect([failed.status, notice(failed)[0]]).toEqual([502, '@1769904000'])
  })

  test('says so no more once that was taken back', async () => {
    const seen = { state: 'READY' } as const
    await rig.registry.changeVersion('churn', { version: '1.0.0', seen, facts: { deprecation: undefined } })
    expect(notice(await ask('/versions/1.0.0'))).toEqual([null, null, null])
  })

  test('that was retired answers 410, and names its successor', async () => {
    const facts = { state: 'RETIRED', retiredAt: '2027-04-02T00:00:00Z' } as const
    await rig.registry.changeVersion('churn', { version: '1.0.0', seen: { state: 'READY' }, facts })
    const gone = await ask('/versions/1.0.0')
    expect(gone.headers.get('link')).toBe('<../../versions/2.0.0/invocations>; rel="successor-version"')
    const { detail } = await problemIn(gone, 'version-retired')
    expect(detail).toBe('churn 1.0.0 was retired on 2027-04-02; call its successor, 2.0.0')
    expect(rig.calls.noted).toEqual([])
  })
})

test('a version that is not deprecated says nothing of it', async () => {
  expect(notice(await ask('/versions/2.0.0'))).toEqual([null, null, null])
})

test('every call is noted with its caller and its way, also one that is refused', async () => {
  await ask('')
  await ask('/aliases/live')
  await ask('/versions/2.0.0')
  await ask('/versions/1.x', { tenure: 'long' })
  expect(rig.calls.noted.map(({ caller, version, way }) => `${caller} ${version} ${way}`)).toEqual([
    'ada 1.0.0 alias',
    'ada 1.0.0 alias',
    'ada 2.0.0 version',
    'ada 1.0.0 range',
  ])
})

test('what is not there is called by nobody', async () => {
  await ask('/versions/9.9.9')
  await rig.json('/models/nobody/invocations', record)
  expect(rig.calls.noted).toEqual([])
})
