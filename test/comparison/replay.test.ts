import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type ReplayAsked, replay } from '../../lambdas/comparison/replay.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { refused } from '../harness/refused.ts'
import { says } from '../serving/rig.ts'
import { began, hourMs, Rig, scored, tenures } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.release('1.0.0', () => 0.5, { manifest: recorded })
  await rig.release('1.1.0', ({ tenure }) => (tenure < 10 ? 0.9 : 0.5))
})
afterEach(() => rig.close())

const recorded = 'capture: {samplePercent: 100}\n'
const ask = (more: Partial<ReplayAsked> = {}) =>
  replay(rig.ports, {
    ...{ model: 'churn', a: '1.0.0', b: '1.1.0', last: 1000, tolerance: 0.01, until: began + 20_000 },
    ...more,
  })

describe('recorded requests', () => {
  test('are sent to both versions, and what they answer is compared', async () => {
    rig.record('1.0.0', tenures(100))
    const { report, found, leftOut, stopped } = await ask()
    expect({ found, leftOut, stopped }).toEqual({ found: 100, leftOut: [], stopped: undefined })
    expect(report).toMatchObject({ a: '1.0.0', b: '1.1.0', compared: 100, agreed: 90 })
    expect(report.worst.map(({ inputs }) => inputs?.['tenure']).toSorted()).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
    expect(rig.host.sent).toHaveLength(200)
  })

  test('are recorded nowhere again', async () => {
    rig.record('1.0.0', tenures(10))
    await ask()
    expect(rig.captures.calls).toHaveLength(10)
  })

  test('are the newest, whichever version recorded them and however long ago', async () => {
    await rig.release('0.9.0', () => 0.5, { manifest: recorded })
    rig.record('0.9.0', tenures(5), began - 1000)
    rig.record('1.0.0', tenures(20), began - 20 * 24 * hourMs)
    const { found, report } = await ask({ last: 10 })
    expect([found, report.compared]).toEqual([10, 10])
    const asked = rig.host.sent.map(({ body }) => (body as { inputs: { tenure: number[] } }).inputs.tenure[0])
    expect([...new Set(asked)].toSorted((a = 0, b = 0) => a - b)).toEqual([0, 1, 2, 3, 4, 15, 16, 17, 18, 19])
  })

  test('that hide an input, or fit one version only, are left out, and it is said how many and why', async () => {
    await rig.release('0.8.0', () => 0.5, { manifest: 'capture: {samplePercent: 100, mask: [plan]}\n' })
    await rig.release('0.7.0', () => 0.5, {
      manifest: 'capture: {samplePercent: 100, hash: [tenure, plan]}\n',
    })
    rig.record('0.8.0', [{ tenure: 1 }, { tenure: 2 }])
    rig.record('0.7.0', [{ tenure: 'hash:00', plan: 'hash:11' }])
    rig.record('1.0.0', [
      { tenure: 1, plan: 'basic' },
      { tenure: 'old', plan: 'basic' },
    ])
    const { found, leftOut } = await ask()
    expect(found).toBe(1)
    expect(leftOut).toEqual(
      expect.arrayContaining([
        { why: '0.8.0 masks or hashes plan', rows: 2 },
        { why: '0.7.0 masks or hashes tenure, plan', rows: 1 },
        { why: 'they do not fit the signature of 1.0.0', rows: 1 },
      ]),
    )
  })

  test('where there are none, nobody is asked or woken', async () => {
    const { found, report } = await ask()
    expect([found, report.compared, rig.host.sent.length]).toEqual([0, 0, 0])
  })
})

describe('a version', () => {
  test('that sleeps is woken first', async () => {
    rig.record('1.0.0', tenures(3))
    const name = await rig.endpoint('1.1.0')
    rig.host.truths.set(name, { ...rig.host.truths.get(name), state: 'parked' })
    expect((await ask()).report.compared).toBe(3)
    expect(rig.host.woken).toEqual([name])
  })

  test('that fails is told with how often', async () => {
    rig.record('1.0.0', tenures(3))
    rig.host.scripts.set(await rig.endpoint('1.1.0'), () => says({ error: 'no' }, 500))
    const { report } = await ask()
    expect(report).toMatchObject({ compared: 3, agreed: 0, errors: { a: {}, b: { 'model-failed': 3 } } })
  })

  test('that has no room for long is left to its callers', async () => {
    rig.record('1.0.0', tenures(50))
    rig.host.full.add(await rig.endpoint('1.0.0'))
    const { report, stopped } = await ask()
    expect([report.compared, stopped]).toEqual([
      0,
      'it stopped, since the callers of a version take all the room there is',
    ])
  }, 10_000)

  test('that is busy for a moment is asked again', async () => {
    rig.record('1.0.0', tenures(3))
    let asked = 0
    const name = await rig.endpoint('1.1.0')
    const script = rig.host.scripts.get(name)
    rig.host.scripts.set(name, (request) => {
      asked += 1
      if (asked <= 2) throw new Problem('model-busy', 'busy')
      return script === undefined ? says({}) : script(request)
    })
    expect((await ask()).report).toMatchObject({ compared: 3, errors: { b: {} } })
  })

  test('that does not say what it takes, or answers nothing alike, cannot be compared', async () => {
    const outputs = [{ name: 'segment', type: 'string', shape: [] }] as const
    await rig.release('2.0.0', () => 'a', { signature: { ...scored, outputs } })
    expect(await refused(ask({ b: '2.0.0' }))).toMatchObject({
      code: 'not-comparable',
      message: expect.stringContaining('they have no output in common'),
    })
  })
})

test('when the time is over, what was compared by then is told', async () => {
  rig.record('1.0.0', tenures(50))
  const name = await rig.endpoint('1.1.0')
  const script = rig.host.scripts.get(name)
  rig.host.scripts.set(name, (request) => {
    rig.now += 1000
    return script === undefined ? says({}) : script(request)
  })
  const { report, found, stopped } = await ask()
  expect([found, stopped]).toEqual([50, 'the time was over before all of them were asked'])
  expect(report.compared).toBeGreaterThan(10)
  expect(report.compared).toBeLessThan(30)
})
