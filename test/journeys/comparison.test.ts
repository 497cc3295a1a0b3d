import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { KeptComparison } from '../../lambdas/comparison/kept-comparisons.ts'
import { sluiceRun } from '../cli/command.ts'
import { flooredModel, timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage, whole } from './stage.ts'

let stage: Stage
/** What callers send: a tenth of it lies below 20, where the second version differs from the first. */
const xs = Array.from({ length: 200 }, (_, i) => (i * 37) % 200)

beforeAll(async () => {
  stage = await Stage.open()
  await stage.drop('twice', '1.0.0', release(timesModel(2), 'capture: {samplePercent: 100}\n'))
  await stage.serves('twice', '1.0.0')
  for (const x of xs) await stage.ask('twice', '', { x })
}, 60_000)
afterAll(() => stage.close())

const sluice = (...args: string[]) => sluiceRun(args, { env: { SLUICE_PLATFORM_URL: stage.url } })
const release = (model: Uint8Array, manifest: string) => whole({ 'model.onnx': model }, manifest)
const notPromoted = 'release: {alias: none}\n'
const counted = async () => ({
  callers: await stage.client.callers('twice'),
  recorded: (await stage.client.comparison('twice', await newest())).found,
})
const newest = async () => {
  const response = await fetch(`${stage.url}/models/twice/comparisons`)
  return ((await response.json()) as { comparisons: string[] }).comparisons[0] ?? ''
}

describe('sluice compare, of two models that differ on a tenth of what was asked', () => {
  test('finds the tenth, names where it lies, and shows the worst cases', async () => {
    await stage.drop('twice', '1.1.0', release(flooredModel(2, 40), notPromoted))
    await stage.ended('release', 'twice', '1.1.0')
    const { code, json } = await sluice('compare', 'twice', '1.0.0', '1.1.0', '--json')
    expect(code).toBe(0)
    const { report, found, leftOut } = json as unknown as KeptComparison
    expect({ found, leftOut }).toEqual({ found: 200, leftOut: [] })
    expect(report).toMatchObject({ compared: 200, agreed: 180, errors: { a: {}, b: {} } })
    expect(report.where).toBe(
      '20 of 20 differences lie where `x` is at most 19, which holds for 20 of 200 rows; elsewhere 0 of 180 differ',
    )
    expect(report.worst.map(({ inputs, a, b }) => [inputs?.['x'], a, b])).toEqual(
      Array.from({ length: 10 }, (_, x) => [x, 2 * x, 40]),
    )
    expect(report.fields[0]?.off).toMatchObject({ largest: 40 })
    expect(report.latencyMs.a?.p50).toBeGreaterThan(0)
  }, 60_000)

  test('is no call of anybody, and is recorded nowhere', async () => {
    const before = await counted()
    const { stdout } = await sluice('compare', 'twice', '1.0.0', '1.1.0', '--last', '50')
    expect(stdout).toMatch(/^twice 1\.0\.0 and 1\.1\.0 agree on \d+ of 50 records: /)
    expect((await sluice('compare', 'twice', '1.0.0', '1.1.0')).code).toBe(0)
    expect(await counted()).toEqual(before)
  }, 60_000)

  test('says so where nothing was recorded', async () => {
    await stage.drop('silent', '1.0.0', release(timesModel(2), ''))
    await stage.serves('silent', '1.0.0')
    await stage.drop('silent', '1.1.0', release(timesModel(3), notPromoted))
    await stage.ended('release', 'silent', '1.1.0')
    const { code, stdout, stderr } = await sluice('compare', 'silent', '1.0.0', '1.1.0')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('nothing was compared: no request of silent is recorded')
  }, 60_000)
})

describe('a version that is held to what was asked before', () => {
  const held = 'release: {rollout: {kind: all-at-once}, replay: {last: 100, minAgreementPercent: 95}}\n'

  test('and differs too often gets no traffic, and the worst cases are named', async () => {
    await stage.drop('twice', '1.2.0', release(flooredModel(2, 100), held))
    const { problem } = await stage.ended('promotion', 'twice', '1.2.0')
    expect(problem).toMatchObject({ code: 'replay-differs' })
    expect(problem?.detail).toMatch(
      /^twice 1\.2\.0 differs from 1\.0\.0: 7\d of 100 replayed requests are answered as/,
    )
    expect(problem?.errors[0]).toMatchObject({ found: '100 for {"x":1}', allowed: '2', offBy: 98 })
    expect((await stage.client.model('twice')).aliases['live']?.stable).toBe('1.0.0')
    const { code, stderr } = await sluice('promote', 'twice', '1.2.0', '--rollout', 'all-at-once')
    expect([code, stderr]).toEqual([2, expect.stringContaining('sluice explain replay-differs')])
  }, 60_000)

  test('and agrees gets its traffic, and the history tells what was found', async () => {
    await stage.drop('twice', '1.3.0', release(flooredModel(2, -1), held))
    await stage.serves('twice', '1.3.0')
    const entries = await stage.client.history('twice', { version: '1.3.0', kind: 'promoted' })
    expect(entries[0]?.gates).toContainEqual({
      gate: 'replay',
      found: expect.stringMatching(
        /^100 of 100 replayed requests are answered as 1\.0\.0 answers them \(100 %, 96\.3 % to 100 % at large\)/,
      ),
    })
  }, 60_000)
})

describe('a version that answers in the shadow of live', () => {
  const asked = async (model: string, count: number) => {
    const times: number[] = []
    for (let i = 0; i < count; i += 1) {
      const began = performance.now()
      const { version, json } = await stage.ask(model, '', { x: i % 200 })
      times.push(performance.now() - began)
      expect([version, json.predictions]).toEqual(['1.0.0', [2 * (i % 200)]])
    }
    return times.toSorted((a, b) => a - b)[Math.floor(count / 2)] ?? 0
  }
  const cast = async (model: string, version: string) => {
    const ran = await sluice('shadow', model, version, '--percent', '100', '--reason', 'to see')
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('in its shadow')])
  }
  const signature = 'signature: {inputs: [{name: x, type: float32}], outputs: [{name: y, type: float32}]}\n'
  const program = (predict: string) =>
    whole({ 'predict.js': `export const predict = ${predict}\n` }, notPromoted + signature)

  test('is compared, whoever it is: wrong, slow or dead; and its callers notice nothing', async () => {
    await stage.drop('shaded', '1.0.0', release(timesModel(2), 'capture: {samplePercent: 1}\n'))
    await stage.serves('shaded', '1.0.0')
    const alone = await asked('shaded', 100)

    await stage.drop('shaded', '1.1.0', release(flooredModel(2, 40), notPromoted))
    await stage.ended('release', 'shaded', '1.1.0')
    await cast('shaded', '1.1.0')
    let calls = 0
    // The last of them may still be on its way; on a busy machine many are dropped.
    const wrong = await until(
      'all of them are asked or dropped, and many are compared',
      async () => {
        const [found] = await stage.client.shadows('shaded')
        if (found !== undefined && found.asked + found.dropped < calls) return false
        if (found !== undefined && found.report.compared > 50) return found
        await asked('shaded', 200)
        calls += 200
        return false
      },
      60_000,
    )
    expect(wrong).toMatchObject({ alias: 'live', report: { a: '1.0.0', b: '1.1.0', errors: { b: {} } } })
    expect(wrong.asked + wrong.dropped).toBe(calls)
    for (const { inputs } of wrong.report.worst ?? []) expect(inputs?.['x']).toBeLessThan(20)

    await stage.drop(
      'shaded',
      '1.2.0',
      program('async ({ x }) => { await new Promise((done) => setTimeout(done, 3000)); return x }'),
    )
    await stage.ended('release', 'shaded', '1.2.0', 0, 40_000)
    await cast('shaded', '1.2.0')
    const besideSlow = await asked('shaded', 100)
    expect((await stage.client.shadows('shaded'))[0]?.dropped).toBeGreaterThan(80)

    await stage.drop('shaded', '1.3.0', program('() => process.exit(1)'))
    await stage.ended('release', 'shaded', '1.3.0', 0, 40_000)
    await cast('shaded', '1.3.0')
    const besideDead = await asked('shaded', 100)
    // Waited for, each call would take three seconds, or the start of a process.
    for (const median of [besideSlow, besideDead]) expect(median).toBeLessThan(10 * alone + 50)
  }, 120_000)

  test('is lifted, and the history tells of it', async () => {
    const off = ['shadow', 'shaded', '--off', '--reason', 'seen enough'] as const
    const tried = await sluice(...off, '--dry-run')
    expect([tried.code, tried.stdout]).toEqual([0, expect.stringContaining('nothing was changed')])
    expect((await stage.client.model('shaded')).aliases['live']).toHaveProperty('shadow')
    expect((await sluice(...off)).code).toBe(0)
    const entries = await stage.client.history('shaded', { kind: 'shadow-cast,shadow-lifted' })
    expect(entries.map(({ kind, version }) => `${kind} ${version}`)).toEqual([
      ...['shadow-cast 1.1.0', 'shadow-cast 1.2.0', 'shadow-cast 1.3.0', 'shadow-lifted 1.3.0'],
    ])
    expect((await stage.client.model('shaded')).aliases['live']).not.toHaveProperty('shadow')
    expect((await sluice('verify', 'shaded')).code).toBe(0)
  }, 30_000)
})
