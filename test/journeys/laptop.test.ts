import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readRelease } from '../../cli/release-files.ts'
import { Traffic } from '../../cli/traffic.ts'
import { upload } from '../../cli/upload.ts'
import { findBreak } from '../../lib/rules/audit.ts'
import { writeNpy } from '../../lib/rules/npy.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { problemIn } from '../harness/problem-document.ts'
import { until } from '../harness/until.ts'
import { irisRow, root, Stage, whole } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
}, 30_000)
afterAll(() => stage.close())

const example = (version: string) => join(root, 'examples', 'iris', version)
const rows = async () => JSON.parse(await readFile(join(root, 'examples', 'iris', 'rows.json'), 'utf8'))
const push = async (version: string) => upload(stage.client, await readRelease(example(version), {}))

/** An application that keeps asking while something happens. @returns what it saw, and what came of it */
async function underTraffic<T>(happens: () => Promise<T>) {
  const traffic = new Traffic(stage.client, 'iris', await rows(), 8, 4)
  try {
    const result = await happens()
    return { result, seen: traffic.look() }
  } finally {
    await traffic.stop()
  }
}

describe('iris, from its first version to a rollback by hand', () => {
  test('1.0.0 is dropped as one file, and is live a moment later: it is the first', async () => {
    await mkdir(stage.place('iris'), { recursive: true })
    await copyFile(join(example('1.0.0'), 'model.onnx'), stage.place('iris/1.0.0.onnx'))
    await stage.serves('iris', '1.0.0')
    const { status, version, json } = await stage.ask('iris', '', irisRow)
    expect({ status, version }).toEqual({ status: 200, version: '1.0.0' })
    expect(json.predictions).toMatchObject([{ species: 'setosa' }])
  })

  test('1.1.0 is pushed with its examples, and waits: it answers on its own path and nowhere else', async () => {
    await push('1.1.0')
    const release = await stage.ended('release', 'iris', '1.1.0')
    expect(release.state).toBe('succeeded')
    expect(release.progress.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['answered 3 examples as expected', 'waits to be promoted']),
    )
    expect((await stage.ask('iris', 'versions/1.1.0', irisRow)).version).toBe('1.1.0')
    expect((await stage.ask('iris', '', irisRow)).version).toBe('1.0.0')
    expect((await stage.ask('iris', 'versions/1', irisRow)).version).toBe('1.0.0')
    expect((await stage.ask('iris', 'versions/~1.1.0', irisRow)).json.code).toBe('range-unresolved')
  })

  test('1.1.0 is promoted a little at a time, under traffic, and nobody is hurt', async () => {
    const { result, seen } = await underTraffic(async () => {
      const rollout = 'canary:20%/1s,50%/1s'
      const { id } = await stage.client.promote('iris', { version: '1.1.0', rollout, reason: 'better' })
      return stage.over(id)
    })
    expect(result.state).toBe('succeeded')
    expect(seen.failed).toBe(0)
    expect([...seen.answers.keys()].toSorted()).toEqual(['1.0.0', '1.1.0'])
    const share = (seen.answers.get('1.1.0') ?? 0) / seen.total
    expect(share).toBeGreaterThan(0.15)
    expect(share).toBeLessThan(0.55)
    expect((await stage.ask('iris', '', irisRow)).version).toBe('1.1.0')
    expect((await stage.ask('iris', 'aliases/previous', irisRow)).version).toBe('1.0.0')
    expect((await stage.ask('iris', 'versions/1', irisRow)).version).toBe('1.1.0')
  }, 40_000)

  test('1.2.0 passes its examples and fails on real rows: it is taken back, and nobody sees it again', async () => {
    await push('1.2.0')
    expect((await stage.ended('release', 'iris', '1.2.0')).state).toBe('succeeded')
    const { result, seen } = await underTraffic(async () => {
      const rollout = 'canary:20%/5s,50%/5s'
      const { id } = await stage.client.promote('iris', { version: '1.2.0', rollout, reason: 'try it' })
      return stage.over(id)
    })
    expect(result).toMatchObject({ state: 'rolled-back', problem: { code: 'rolled-back' } })
    expect(result.rollout?.verdict?.reason).toMatch(/canary calls failed/)
    expect(seen.answers.get('1.2.0 failed')).toBeGreaterThan(0)
    expect(seen.answers.get('1.1.0')).toBeGreaterThan(seen.answers.get('1.2.0 failed') ?? 0)
    const { seen: after } = await underTraffic(() =>
      Promise.all(Array.from({ length: 50 }, () => stage.ask('iris', '', irisRow))),
    )
    expect([...after.answers.keys()]).toEqual(['1.1.0'])
    const details = await stage.client.model('iris')
    expect(details.aliases['live']).toMatchObject({ stable: '1.1.0' })
    expect(details.aliases['live']?.canary).toBeUndefined()
    expect(details.accepted).not.toContain('1.2.0')
    expect((await stage.ask('iris', 'versions/1', irisRow)).version).toBe('1.1.0')
    expect((await stage.ask('iris', 'versions/1.2.0', irisRow)).version).toBe('1.2.0')
  }, 40_000)

  test('1.1.0 is taken back by hand: the very next call is answered by 1.0.0', async () => {
    const operation = await stage.client.rollback('iris', { reason: 'we do not like it' })
    expect((await stage.ask('iris', '', irisRow)).version).toBe('1.0.0')
    expect((await stage.ask('iris', 'versions/1', irisRow)).version).toBe('1.0.0')
    expect((await stage.over(operation.id)).state).toBe('succeeded')
    expect((await stage.ask('iris', 'versions/1.1.0', irisRow)).version).toBe('1.1.0')
  })

  test('1.2.0 is retired, and its path answers 410; 1.0.0, which is live, is not', async () => {
    const { id } = await stage.client.retire('iris', {
      version: '1.2.0',
      reason: 'it does harm',
      ignoreCallers: true,
    })
    expect((await stage.over(id)).state).toBe('succeeded')
    const gone = await stage.ask('iris', 'versions/1.2.0', irisRow)
    expect({ status: gone.status, code: gone.json.code }).toEqual({ status: 410, code: 'version-retired' })
    await expect(stage.client.retire('iris', { version: '1.0.0', reason: 'x' })).rejects.toMatchObject({
      code: 'still-in-use',
    })
    expect((await stage.ask('iris', '', irisRow)).version).toBe('1.0.0')
  })

  test('all of it stands in the history, and in records whose chain holds', async () => {
    const entries = await stage.client.history('iris')
    expect(entries.map(({ kind, version }) => `${kind} ${version}`)).toEqual([
      'released 1.0.0',
      'promoted 1.0.0',
      'released 1.1.0',
      'canary-started 1.1.0',
      'weight-moved 1.1.0',
      'promoted 1.1.0',
      'released 1.2.0',
      'canary-started 1.2.0',
      'rolled-back 1.1.0',
      'rolled-back 1.0.0',
      'retired 1.2.0',
    ])
    const details = await stage.client.model('iris')
    const records = await stage.records('iris')
    expect(records).toEqual(entries)
    expect(findBreak(records, details)).toBeUndefined()
    const edited = records.map((entry) => (entry.rev === 4 ? { ...entry, reason: 'it was not me' } : entry))
    expect(findBreak(edited, details)).toMatchObject({ rev: 4 })
    const then = await stage.client.servedAt('iris', entries[5]?.at ?? '')
    expect(then.aliases['live']?.stable).toBe('1.1.0')
  })
})

describe('a random forest of breast cancer', () => {
  const fixture = (name: string) => readFile(join(root, 'test', 'fixtures', 'breast-cancer', name), 'utf8')
  interface Answer {
    readonly label: number
    readonly probabilities: readonly number[]
  }
  let cases: number[][]
  let expected: { readonly label: number[]; readonly probabilities: number[][] }

  beforeAll(async () => {
    cases = JSON.parse(await fixture('rows.json'))
    expected = JSON.parse(await fixture('expected.json'))
    await mkdir(stage.place('breast-cancer'), { recursive: true })
    const model = join(root, 'test', 'fixtures', 'breast-cancer', 'model.onnx')
    await copyFile(model, stage.place('breast-cancer/1.0.0.onnx'))
    await stage.serves('breast-cancer', '1.0.0')
  }, 30_000)

  /** Hold answers to those that scikit-learn itself gave. */
  function expectScikitLearns(answers: readonly Answer[], from = 0): void {
    for (const [i, { label, probabilities }] of answers.entries()) {
      expect(label).toBe(expected.label[from + i])
      for (const [j, probability] of probabilities.entries())
        expect(Math.abs(probability - (expected.probabilities[from + i]?.[j] ?? 9))).toBeLessThanOrEqual(1e-5)
    }
  }

  test('answers all 50 rows of one request as scikit-learn does', async () => {
    const { json } = await stage.ask('breast-cancer', 'versions/1.0.0', { instances: cases })
    expect(json.predictions).toHaveLength(50)
    expectScikitLearns(json.predictions as Answer[])
  })

  test('answers them one by one as scikit-learn does', async () => {
    const answers = await Promise.all(cases.map((row) => stage.ask('breast-cancer', 'versions/1.0.0', row)))
    expectScikitLearns(answers.map(({ json }) => json.predictions?.[0] as Answer))
  })

  test('answers them as CSV and as an array as scikit-learn does', async () => {
    const npy = writeNpy({ shape: [50, 30], values: cases.flat() })
    const csv = cases.map((row) => row.join(',')).join('\n')
    for (const [body, type] of [
      [npy, 'application/x-npy'],
      [csv, 'text/csv'],
    ] as const) {
      const { body: answer } = await stage.client.invoke('breast-cancer', '', body, type)
      expectScikitLearns((JSON.parse(answer) as { predictions: Answer[] }).predictions)
    }
  })

  test('refuses a row of 29, and says what is allowed', async () => {
    const response = await fetch(`${stage.url}/models/breast-cancer/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([cases[0]?.slice(1)]),
    })
    const { errors } = await problemIn(response, 'request-invalid')
    expect(errors).toMatchObject([{ pointer: '/0', found: 'a list of 29', allowed: 'a list of 30' }])
  })
})

describe('aliases of one’s own', () => {
  test('are promoted to as a manifest says, and do not make a version accepted', async () => {
    const staged = 'release: {alias: staging, rollout: {kind: all-at-once}}\n'
    await stage.drop('staged', '1.0.0', whole({ 'model.onnx': timesModel(2) }, staged))
    await stage.serves('staged', '1.0.0', 'staging')
    expect((await stage.ask('staged', 'aliases/staging', { x: 2 })).json.predictions).toEqual([4])
    expect((await stage.ask('staged', '', { x: 2 })).json.code).toBe('alias-unknown')
    expect((await stage.ask('staged', 'versions/1', { x: 2 })).json.code).toBe('range-unresolved')
    await stage.client.promote('staged', { version: '1.0.0', alias: 'live', rollout: 'all-at-once' })
    await stage.serves('staged', '1.0.0')
    expect((await stage.ask('staged', 'versions/1', { x: 2 })).version).toBe('1.0.0')
  })

  test('are left alone where a manifest says none, and wait where it wants a person’s approval', async () => {
    const drop = async (version: string, release: string) => {
      await stage.drop('waiting', version, whole({ 'model.onnx': timesModel(2) }, release))
      return stage.ended('release', 'waiting', version)
    }
    const left = await drop('1.0.0', 'release: {alias: none}\n')
    expect(left).toMatchObject({ state: 'succeeded' })
    expect(left.promotion).toBeUndefined()
    expect(left.progress.at(-2)?.text).toMatch(/^waits/)
    const { promotion = '', progress } = await drop('1.1.0', 'release: {approval: required}\n')
    expect(progress.at(-2)?.text).toMatch(/^asks for approval/)
    expect(await stage.client.operation(promotion)).toMatchObject({ state: 'waiting', version: '1.1.0' })
    expect((await stage.client.model('waiting')).aliases).toEqual({})
  })
})

describe('a canary', () => {
  const slow = { maxErrorRatePercent: 1, minRequests: 5 }
  const limits = `release: {alias: none, limits: ${JSON.stringify(slow)}}\n`

  test('nobody calls is held, and a rollback by hand takes it out of the alias', async () => {
    await stage.drop('held', '1.0.0', whole({ 'model.onnx': timesModel(1) }))
    await stage.serves('held', '1.0.0')
    await stage.drop('held', '1.1.0', whole({ 'model.onnx': timesModel(2) }, limits))
    await stage.ended('release', 'held', '1.1.0')
    const { id } = await stage.client.promote('held', { version: '1.1.0', rollout: 'canary:30%/0s' })
    const seen = await until('it is held', async () => {
      const { rollout } = await stage.client.operation(id)
      return (rollout?.looks ?? 0) >= 2 && rollout
    })
    expect(seen.verdict).toMatchObject({ decision: 'hold', reason: expect.stringMatching(/too few/) })
    await expect(stage.client.promote('held', { version: '1.1.0' })).rejects.toMatchObject({
      code: 'rollout-under-way',
    })
    const back = await stage.client.rollback('held', { reason: 'nobody wants it' })
    expect((await stage.over(back.id)).state).toBe('succeeded')
    expect((await stage.over(id)).state).toBe('rolled-back')
    expect((await stage.client.model('held')).aliases['live']).toMatchObject({ stable: '1.0.0' })
    expect((await stage.client.model('held')).accepted).toEqual(['1.0.0'])
  }, 20_000)

  test('keeps callers with an affinity key where they are, step after step', async () => {
    await stage.drop('sticky', '1.0.0', whole({ 'model.onnx': timesModel(1) }))
    await stage.serves('sticky', '1.0.0')
    await stage.drop('sticky', '1.1.0', whole({ 'model.onnx': timesModel(2) }, limits))
    await stage.ended('release', 'sticky', '1.1.0')
    const rollout = 'canary:30%/600s'
    const { id } = await stage.client.promote('sticky', { version: '1.1.0', rollout })
    await until('it has its share', async () => (await stage.client.operation(id)).rollout?.step === 0)
    const versionFor = async (caller: string) => {
      const response = await fetch(`${stage.url}/models/sticky/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'model-affinity': caller },
        body: '{"x": 1}',
      })
      return response.headers.get('model-version')
    }
    const callers = Array.from({ length: 60 }, (_, i) => `caller-${i}`)
    const first = await Promise.all(callers.map(versionFor))
    expect(new Set(first)).toEqual(new Set(['1.0.0', '1.1.0']))
    expect(await Promise.all(callers.map(versionFor))).toEqual(first)
    // Each caller is one observation, however often it calls.
    await until('each caller is counted, and counted once', async () => {
      const reason = (await stage.client.operation(id)).rollout?.verdict?.reason ?? ''
      const counts = [...reason.matchAll(/of (\d+) (?:canary calls|stable)/g)].map(([, count]) =>
        Number(count),
      )
      const counted = counts.reduce((sum, count) => sum + count, 0)
      expect(counted).toBeLessThanOrEqual(60)
      return counted === 60
    })
  }, 20_000)
})
