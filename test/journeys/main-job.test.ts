import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { PlatformClient } from '../../cli/platform-client.ts'
import { findBreak, type HistoryEntry } from '../../lib/rules/audit.ts'
import { type Platform, startPlatform } from '../../local/platform.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { until } from '../harness/until.ts'

const repository = join(import.meta.dirname, '..', '..')
const forest = join(repository, 'test', 'fixtures', 'breast-cancer')
const iris = (version: string) => join(repository, 'examples', 'iris', version, 'model.onnx')
const setosa = '{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}'

let running: Platform[] = []
const folder = await temporaryFolder()

afterEach(async () => {
  await Promise.all(running.map((platform) => platform.stop()))
  running = []
})

async function platformIn(home: string): Promise<{ platform: Platform; client: PlatformClient }> {
  const platform = await startPlatform({ home, port: 0 })
  running.push(platform)
  return { platform, client: new PlatformClient(platform.url) }
}

function drop({ home }: Platform, file: string, model: string, version: string): void {
  mkdirSync(join(home.store, 'models', model), { recursive: true })
  cpSync(file, join(home.store, 'models', model, `${version}.onnx`))
}

const ready = (client: PlatformClient, model: string, version: string) =>
  until(
    `${model} ${version} is READY`,
    async () => {
      const found = await client.version(model, version).catch(() => undefined)
      return found?.state === 'READY'
    },
    30_000,
  )

test('a scikit-learn forest on 30 features answers at its version path as scikit-learn does, to 1e-5', async () => {
  const { platform, client } = await platformIn(join(folder, 'forest'))
  drop(platform, join(forest, 'model.onnx'), 'breast-cancer', '1.0.0')
  await ready(client, 'breast-cancer', '1.0.0')
  const rows = JSON.parse(readFileSync(join(forest, 'rows.json'), 'utf8')) as number[][]
  const expected = JSON.parse(readFileSync(join(forest, 'expected.json'), 'utf8')) as {
    label: number[]
    probabilities: number[][]
  }
  const ask = async (body: unknown) => {
    const answer = await client.invoke(
      'breast-cancer',
      'versions/1.0.0',
      JSON.stringify(body),
      'application/json',
    )
    expect(answer.status).toBe(200)
    return (JSON.parse(answer.body) as { predictions: { label: number; probabilities: number[] }[] })
      .predictions
  }
  const together = await ask(rows)
  const alone = (await Promise.all(rows.map((row) => ask(row)))).flat()
  for (const predictions of [together, alone]) {
    expect(predictions.map(({ label }) => label)).toEqual(expected.label)
    const worst = predictions.flatMap(({ probabilities }, i) =>
      probabilities.map((value, j) => Math.abs(value - (expected.probabilities[i]?.[j] ?? Number.NaN))),
    )
    expect(Math.max(...worst)).toBeLessThanOrEqual(1e-5)
  }
}, 60_000)

test('a platform that is stopped in the middle of a rollout finishes it when it is started again', async () => {
  const home = join(folder, 'stopped')
  const before = await platformIn(home)
  drop(before.platform, iris('1.0.0'), 'iris', '1.0.0')
  await ready(before.client, 'iris', '1.0.0')
  drop(before.platform, iris('1.1.0'), 'iris', '1.1.0')
  await ready(before.client, 'iris', '1.1.0')
  await until(
    '1.0.0 is live',
    async () => (await before.client.model('iris')).aliases['live'] !== undefined,
    5000,
  )
  const { id } = await before.client.promote('iris', { version: '1.1.0', rollout: 'canary:50%/1s' })
  await until(
    'the canary has traffic',
    async () => (await before.client.model('iris')).aliases['live']?.canary !== undefined,
    5000,
  )
  running = []
  await before.platform.stop()

  const after = await platformIn(home)
  expect((await after.client.model('iris')).aliases['live']?.canary?.rollout).toBe(id)
  await until(
    'the rollout ends',
    async () => {
      await after.client.invoke('iris', '', setosa, 'application/json')
      return (await after.client.operation(id)).state === 'succeeded'
    },
    20_000,
  )
  const { aliases, rev, head } = await after.client.model('iris')
  expect(aliases['live']).toMatchObject({ stable: '1.1.0', previous: '1.0.0' })

  const entries = await after.client.history('iris')
  expect(entries.map(({ kind }) => kind)).toEqual([
    'released',
    'promoted',
    'released',
    'canary-started',
    'promoted',
  ])
  const records = entries.map(
    (entry) =>
      JSON.parse(
        readFileSync(join(home, 'store', 'records', 'iris', `${entry.rev}.json`), 'utf8'),
      ) as HistoryEntry,
  )
  expect(records).toEqual(entries)
  expect(findBreak(records, { rev, head })).toBeUndefined()
}, 60_000)
