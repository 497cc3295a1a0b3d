import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sluiceRun } from '../cli/command.ts'
import { echoModel, timesModel } from '../harness/onnx-models.ts'
import { type Content, Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
}, 30_000)
afterAll(() => stage.close())

const sluice = (...args: string[]) => sluiceRun(args, { env: { SLUICE_PLATFORM_URL: stage.url } })

/** A folder as a data scientist has it. */
async function folder(version: string, manifest: string, files: Content = {}) {
  const place = join(stage.home, '..', 'work', version)
  const all = { 'model.yaml': `model: gated\nversion: ${version}\n${manifest}`, ...files }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(place, path)), { recursive: true })
    await writeFile(join(place, path), content)
  }
  return place
}

const takes = (...inputs: string[]) => ({
  'model.onnx': echoModel(...inputs.map((name) => ({ name, type: 'float32' }) as const)),
})
const held = (metrics: string) =>
  `release: {alias: none, metrics: {auc: {better: higher, margin: 0.01}}}\nsource: {git: 3f2c9d1, dataset: s3://data/churn, author: ada, tool: sklearn 1.9, metrics: {${metrics}}}\n`
const push = async (version: string, manifest: string, files: Content) =>
  expect((await sluice('push', await folder(version, manifest, files))).code).toBe(0)
const live = async () => (await stage.client.model('gated')).aliases['live']?.stable

describe('golden answers', () => {
  test('that differ fail the release, and are told with expected, found and the difference', async () => {
    const examples =
      'examples:\n  - {request: a.json, expect: b.json}\n  - {request: c.json, expect: d.json}\n  - {request: a.json, expect: e.json}\n'
    const place = await folder('0.9.0', examples, {
      'model.onnx': timesModel(2),
      'a.json': '[{"x": 1}, {"x": 2}]',
      'b.json': '{"predictions": [2, 5]}',
      'c.json': '{"x": 3}',
      'd.json': '{"predictions": ["6", 7]}',
      'e.json': '{"predictions": [2, 4]}',
    })
    const { code, stdout, stderr } = await sluice('push', place)
    expect(code).toBe(2)
    expect(stdout).toMatch(/^gated 0\.9\.0 FAILED/)
    const table = stderr.slice(stderr.indexOf('    PLACE')).split('\n').slice(0, 3)
    expect(table.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['PLACE', 'EXPECTED', 'FOUND', 'OFF BY'],
      ['/examples/0/predictions/1', '5 ± 0.000005', '4', '1'],
      ['/examples/1/predictions', 'a list of 2 entries', 'a list of 1 entry', '-'],
    ])
    expect(stderr).toContain('did not answer 2 of 3 examples as expected: a.json, c.json')
    expect((await stage.client.version('gated', '0.9.0')).state).toBe('FAILED')
    expect((await stage.ask('gated', 'versions/0.9.0', { x: 1 })).status).not.toBe(200)
  }, 30_000)

  test("of MLflow's own example have to be there at all", async () => {
    const mlflow = { ...takes('a'), MLmodel: 'flavors: {onnx: {data: model.onnx}}\n' }
    const frame = (names: string) => `{"columns": ${names}, "data": [[1]]}`
    const wrong = await folder('0.9.1', '', { ...mlflow, 'input_example.json': frame('["b"]') })
    const failed = await sluice('push', wrong)
    expect(failed.code).toBe(2)
    expect(failed.stderr).toContain('did not answer 1 of 1 example as expected: input_example.json')
    expect((await sluice('check', wrong)).code).toBe(1)

    await push('1.0.0', held('auc: 0.91'), { ...mlflow, 'input_example.json': frame('["a"]') })
    const { proof } = await stage.client.version('gated', '1.0.0')
    expect(proof).toEqual({ expected: 0, answered: 1 })
    expect((await sluice('promote', 'gated', '1.0.0')).code).toBe(0)
    expect(await live()).toBe('1.0.0')
  }, 40_000)
})

describe('the contract', () => {
  test('broken by a minor version is refused with the table of sluice diff, and nothing moves', async () => {
    await push('1.1.0', held('auc: 0.99'), takes('a', 'b'))
    const [refused, difference] = await Promise.all([
      sluice('promote', 'gated', '1.1.0'),
      sluice('diff', 'gated', '1.0.0', '1.1.0'),
    ])
    expect([refused.code, difference.code]).toEqual([2, 2])
    expect(difference.stdout).toContain('a promotion over 1.0.0 would be refused')
    // The table of the refusal is that of `sluice diff`, row by row.
    const rows = (text: string) =>
      text
        .split('\n')
        .filter((line) => /^ *(CALLERS|breaks)/.test(line))
        .map((line) => line.trim())
    expect(rows(refused.stderr)).toEqual(rows(difference.stdout))
    expect(rows(refused.stderr)).toHaveLength(3)
    const response = await fetch(`${stage.url}/models/gated/promotions`, {
      method: 'POST',
      body: JSON.stringify({ version: '1.1.0', reason: 'a test' }),
    })
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({
      code: 'contract-broken',
      errors: [
        {
          pointer: '/signature/inputs/b',
          found: 'b: float32',
          allowed: 'nothing',
          change: { callers: 'breaks' },
        },
        { pointer: '/signature/outputs/echo_b' },
      ],
    })
    expect(await live()).toBe('1.0.0')
    expect((await stage.operations('gated')).filter(({ version }) => version === '1.1.0')).toHaveLength(1)
  }, 30_000)

  test('broken by a release that goes live by itself ends that promotion, and no traffic moves', async () => {
    const place = await folder('1.2.0', 'release: {rollout: {kind: all-at-once}}\n', takes('a', 'b'))
    const { code, stderr } = await sluice('push', place)
    expect(code).toBe(2)
    expect(stderr).toMatch(/breaks +input added +- +b: float32 +every request has to hold it/)
    expect(await stage.ended('promotion', 'gated', '1.2.0')).toMatchObject({
      state: 'failed',
      problem: { code: 'contract-broken' },
    })
    expect(await live()).toBe('1.0.0')
    expect(
      (await stage.client.history('gated')).map(({ version, kind }) => `${kind} ${version}`),
    ).not.toContain('promoted 1.2.0')
  }, 30_000)

  test('broken by a major version, which says so, is let through', async () => {
    await push('2.0.0', held('auc: 0.905'), takes('a', 'b'))
    expect((await sluice('diff', 'gated', '1.0.0', '2.0.0')).stdout).toContain('would be let through')
    expect((await sluice('promote', 'gated', '2.0.0', '--rollout', 'all-at-once')).code).toBe(0)
    expect(await live()).toBe('2.0.0')
  }, 30_000)
})

describe('metrics', () => {
  test('that are worse by more than the margin are refused', async () => {
    await push('2.1.0', held('auc: 0.89'), takes('a', 'b'))
    const { code, stderr } = await sluice('promote', 'gated', '2.1.0')
    expect(code).toBe(2)
    expect(stderr).toContain(
      '/source/metrics/auc: found auc 0.89; allowed auc at least 0.895 (2.0.0 has 0.905, margin 0.01)',
    )
    expect(await live()).toBe('2.0.0')
  }, 30_000)

  test('within the margin are let through, and the history tells of every gate', async () => {
    const examples = 'examples: [{request: a.json, expect: b.json}]\n'
    await push('2.2.0', held('auc: 0.9') + examples, {
      ...takes('a', 'b'),
      'a.json': '{"a": 1, "b": 2}',
      'b.json': '{"predictions": [{"echo_a": 1, "echo_b": 2}]}',
    })
    expect((await sluice('promote', 'gated', '2.2.0', '--rollout', 'all-at-once')).code).toBe(0)
    const { json } = await sluice('history', 'gated', '--json')
    const entries = json['entries'] as { kind: string; version: string }[]
    const told = (kind: string) => entries.find((one) => one.kind === kind && one.version === '2.2.0')
    const gates = [
      { gate: 'golden', found: '1 example answered as expected' },
      { gate: 'compatibility', found: 'backward: 2.0.0 to 2.2.0 changes nothing for callers' },
      { gate: 'metrics', found: 'auc 0.9, at least 0.895' },
    ]
    expect(told('promoted')).toMatchObject({ gates })
    expect(await stage.ended('promotion', 'gated', '2.2.0')).toMatchObject({ gates })
    expect(told('released')).toMatchObject({
      released: {
        manifest: { source: { git: '3f2c9d1', dataset: 's3://data/churn', metrics: { auc: 0.9 } } },
        proof: { expected: 1, answered: 0 },
        sample: { request: { a: 1, b: 2 }, answer: { predictions: [{ echo_a: 1, echo_b: 2 }] } },
      },
    })
    expect(
      (await stage.records('gated')).find((one) => one.kind === 'promoted' && one.version === '2.2.0'),
    ).toMatchObject({ gates })
  }, 30_000)

  test('and where the version came from are shown, a line each', async () => {
    const { stdout } = await sluice('show', 'gated', '2.2.0')
    expect(stdout).toMatch(
      /^proven +1 example answered as expected\ngit +3f2c9d1\ndataset +s3:\/\/data\/churn\nauthor +ada\ntool +sklearn 1\.9\nmetrics +auc 0\.9$/m,
    )
  })
})

test('a rollback is not gated: it returns to a contract that breaks the callers of now', async () => {
  expect((await sluice('rollback', 'gated', '--to', '1.0.0', '--reason', 'a test')).code).toBe(0)
  expect(await live()).toBe('1.0.0')
}, 20_000)
