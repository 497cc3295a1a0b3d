import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { findBreak } from '../../lib/rules/audit.ts'
import { startPlatform } from '../../local/platform.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { manifestOf, Stage, whole } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
}, 30_000)
afterEach(() => stage.close())

const limits = 'release: {alias: none, limits: {minRequests: 5}}\n'

/** Ask until what is awaited has happened: the evidence that a canary is judged by. */
async function askUntil<T>(model: string, seen: () => Promise<T | false>): Promise<T> {
  return until(
    'it happens under traffic',
    async () => {
      await Promise.all(Array.from({ length: 8 }, () => stage.ask(model, '', { x: 1 })))
      return seen()
    },
    20_000,
  )
}

test('a rollout that was under way when the platform stopped goes on where it was, and ends', async () => {
  await stage.drop('rolled', '1.0.0', whole({ 'model.onnx': timesModel(2) }))
  await stage.serves('rolled', '1.0.0')
  await stage.drop('rolled', '1.1.0', whole({ 'model.onnx': timesModel(3) }, limits))
  await stage.ended('release', 'rolled', '1.1.0')
  const rollout = 'canary:40%/1s,60%/1s'
  const { id } = await stage.client.promote('rolled', { version: '1.1.0', rollout, reason: 'on we go' })
  await askUntil('rolled', async () => (await stage.client.operation(id)).rollout?.step === 0)
  await stage.stop()

  await stage.start()
  const resumed = await stage.client.operation(id)
  expect(resumed.state).toBe('running')
  const ended = await askUntil('rolled', async () => {
    const operation = await stage.client.operation(id)
    return operation.state !== 'running' && operation
  })
  expect(ended.state).toBe('succeeded')
  expect((await stage.ask('rolled', '', { x: 1 })).json.predictions).toEqual([3])
  const entries = await stage.client.history('rolled')
  expect(entries.map(({ kind }) => kind)).toEqual([
    'released',
    'promoted',
    'released',
    'canary-started',
    'weight-moved',
    'promoted',
  ])
  const records = await stage.records('rolled')
  expect(records).toEqual(entries)
  expect(findBreak(records, await stage.client.model('rolled'))).toBeUndefined()
}, 60_000)

test('a release that was waiting when the platform stopped is whole after the next start', async () => {
  const files = { 'model.onnx': timesModel(4) }
  await stage.write('waited/1.0.0/model.yaml', manifestOf(files))
  await until('it waits', async () =>
    (await stage.operations('waited')).some(({ progress }) => /waiting/.test(progress.at(-1)?.text ?? '')),
  )
  await stage.stop()
  await stage.write('waited/1.0.0/model.onnx', files['model.onnx'])
  await stage.start()
  await stage.serves('waited', '1.0.0')
  expect((await stage.ask('waited', '', { x: 1 })).json.predictions).toEqual([4])
  expect((await stage.operations('waited')).map(({ kind }) => kind)).toEqual(['release', 'promotion'])
}, 30_000)

test('what was released before a start answers after it, as it was; what was dropped meanwhile is released', async () => {
  await stage.drop('steady', '1.0.0', whole({ 'model.onnx': timesModel(5) }))
  await stage.serves('steady', '1.0.0')
  const before = await stage.client.version('steady', '1.0.0')
  await stage.stop()
  await stage.write('meanwhile/1.0.0.onnx', timesModel(6))
  await stage.start()
  const { json, headers } = await stage.ask('steady', '', { x: 1 })
  expect(json.predictions).toEqual([5])
  expect(headers.get('model-digest')).toBe(before.digest)
  expect(await stage.client.version('steady', '1.0.0')).toEqual(before)
  await stage.serves('meanwhile', '1.0.0')
  expect(await stage.client.history('steady')).toHaveLength(2)
  expect((await stage.operations('steady')).map(({ kind }) => kind)).toEqual(['release', 'promotion'])
  const ignored = stage.events.filter((event) => event['detail-type'] === 'Upload Ignored')
  expect(ignored.filter(({ detail }) => detail['model'] === 'steady')).toEqual([])
}, 30_000)

test('a home has one platform at a time, and a start that fails leaves it free and untouched', async () => {
  await expect(startPlatform({ home: stage.home, port: 0 })).rejects.toThrow(/another platform runs/)
  await stage.drop('untouched', '1.0.0', whole({ 'model.onnx': timesModel(7) }))
  await stage.serves('untouched', '1.0.0')
  await stage.stop()
  const squatter = createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  const { port } = squatter.address() as { port: number }
  await expect(startPlatform({ home: stage.home, port })).rejects.toThrow(`port ${port} is in use`)
  squatter.close()
  await stage.start()
  expect((await stage.ask('untouched', '', { x: 1 })).json.predictions).toEqual([7])
}, 30_000)
