import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { isProblem, type Problem } from '../../lib/rules/problem.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage, whole } from './stage.ts'

const dayMs = 24 * 3600 * 1000
const realNow = Date.now
let aheadMs = 0

let stage: Stage
beforeAll(async () => {
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs)
  stage = await Stage.open()
  for (const [i, version] of ['1.0.0', '1.1.0', '2.0.0'].entries()) {
    await stage.drop('times', version, whole({ 'model.onnx': timesModel(i + 2) }))
    await stage.ended('release', 'times', version)
  }
  await stage.serves('times', '1.0.0')
  for (const version of ['1.1.0', '2.0.0']) {
    const asked = { version, rollout: 'all-at-once' }
    expect(await stage.over((await stage.client.promote('times', asked)).id)).toMatchObject({
      state: 'succeeded',
    })
  }
}, 60_000)
afterAll(async () => {
  await stage.close()
  jest.restoreAllMocks()
})

async function refusedBecause(asked: Promise<unknown>): Promise<Problem> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isProblem(error)) throw new Error('it was not refused', { cause: error })
  return error
}

const ask = () => stage.ask('times', 'versions/1.0.0', { x: 1 })
const retirement = { version: '1.0.0', reason: 'nobody needs it' }

describe('a version that goes', () => {
  test('is deprecated dry first, and nobody is told', async () => {
    const asked = { successor: '2.0.0', reason: 'twice is not enough', dryRun: true }
    const tried = await stage.client.deprecate('times', '1.0.0', asked)
    expect(tried).toMatchObject({ would: expect.stringContaining('times 1.0.0 would be deprecated') })
    expect((await ask()).headers.get('deprecation')).toBeNull()
  })

  test('tells its callers in every answer, and they can follow where it leads', async () => {
    const sunset = new Date(Date.now() + 30 * dayMs).toISOString()
    const asked = { sunset, successor: '2.0.0', reason: 'twice is not enough' }
    await stage.client.deprecate('times', '1.0.0', asked)
    const answer = await ask()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('deprecation')).toMatch(/^@\d{10}$/)
    const told = Date.parse(answer.headers.get('sunset') ?? '')
    expect(told - Date.parse(sunset)).toBeGreaterThanOrEqual(0)
    const [, link = ''] = /^<(.*)>; rel="successor-version"$/.exec(answer.headers.get('link') ?? '') ?? []
    const successor = new URL(link, `${stage.url}/models/times/versions/1.0.0/invocations`)
    const followed = await fetch(successor, {
      method: 'POST',
      body: '{"x": 1}',
      headers: { 'content-type': 'application/json' },
    })
    expect([followed.status, followed.headers.get('model-version')]).toEqual([200, '2.0.0'])
  })

  test('is known to be called, by whom and how', async () => {
    const [mine] = await stage.client.callers('times', '1.0.0')
    expect(mine).toMatchObject({ version: '1.0.0', way: 'version' })
    expect(mine?.caller).not.toBe('')
    expect(Date.now() - Date.parse(mine?.lastAt ?? '')).toBeLessThan(60_000)
  })

  test('is not retired before its sunset, and the refusal names who calls it', async () => {
    const problem = await refusedBecause(stage.client.retire('times', retirement))
    expect(problem.code).toBe('still-in-use')
    expect(problem.errors.map(({ found }) => found)).toEqual([
      expect.stringMatching(/^it is reached by callers of the range '1\.0'$/),
      expect.stringMatching(/^callers were promised it until /),
      expect.stringMatching(/ called it by its own path at /),
    ])
  })

  test('is retired after its sunset, once nobody has called it for a week', async () => {
    aheadMs = 31 * dayMs
    expect(await stage.client.dryRun('times', 'retirements', retirement)).toMatchObject({
      would: expect.stringMatching(
        /^times 1\.0\.0 would be retired: its path would answer 410 and name 2\.0\.0/,
      ),
    })
    expect((await stage.client.version('times', '1.0.0')).state).toBe('READY')
    const { id } = await stage.client.retire('times', retirement)
    const ended = await stage.over(id)
    expect(ended).toMatchObject({ state: 'succeeded' })
    expect(ended.progress.map(({ text }) => text)).toEqual([
      'retired times 1.0.0',
      'removed its endpoint',
      'removed its image',
      'times 1.0.0 is retired',
    ])
  })

  test('answers 410 from then on, and leads to its successor', async () => {
    const gone = await ask()
    expect(gone.status).toBe(410)
    expect(gone.json).toMatchObject({
      code: 'version-retired',
      detail: expect.stringContaining('call its successor, 2.0.0'),
    })
    expect(gone.headers.get('link')).toBe('<../../versions/2.0.0/invocations>; rel="successor-version"')
  })

  test('is collected, and what is known of it stays', async () => {
    const details = await until('it is collected', async () => {
      const found = await stage.client.version('times', '1.0.0')
      return found.state === 'DELETING' && found
    })
    expect(details).toMatchObject({ deprecation: { successor: '2.0.0' }, retiredAt: expect.any(String) })
    expect((await stage.client.version('times', '2.0.0')).state).toBe('READY')
    expect((await stage.ask('times', 'versions/2.0.0', { x: 1 })).status).toBe(200)
    expect(await stage.client.verification('times')).toMatchObject({ holds: true, unrecorded: 0 })
    const kinds = (await stage.records('times')).map(({ kind, version }) => `${kind} ${version}`)
    expect(kinds).toContain('deprecated 1.0.0')
    expect(kinds.at(-1)).toBe('retired 1.0.0')
  })
})

test('a version that was called a moment ago is retired where callers are ignored, and the history says whom', async () => {
  await stage.drop('times', '3.0.0', whole({ 'model.onnx': timesModel(9) }))
  await stage.ended('release', 'times', '3.0.0')
  await stage.ask('times', 'versions/3.0.0', { x: 1 })
  const asked = { version: '3.0.0', reason: 'it does harm' }
  expect((await refusedBecause(stage.client.retire('times', asked))).message).toContain(
    'called it by its own path',
  )
  const { id } = await stage.client.retire('times', { ...asked, ignoreCallers: true })
  expect(await stage.over(id)).toMatchObject({ state: 'succeeded' })
  expect((await stage.client.history('times')).at(-1)).toMatchObject({
    kind: 'retired',
    version: '3.0.0',
    ignoredCallers: [{ version: '3.0.0', way: 'version' }],
  })
})
