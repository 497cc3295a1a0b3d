import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { homeAt } from '../../local/home.ts'
import { sluiceRun } from '../cli/command.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage, whole } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
}, 30_000)
afterEach(() => stage.close())

/** Change the registry of a platform that does not run, as a crash or a clumsy hand would. */
async function wreck(change: (database: DatabaseSync) => void): Promise<void> {
  await stage.stop()
  const database = new DatabaseSync(homeAt(stage.home).database)
  change(database)
  database.close()
  await stage.start()
}

const repairs = async (model: string) =>
  (await stage.client.history(model)).filter(({ kind }) => kind === 'repaired')

async function repaired(model: string, count = 1) {
  return until(`${model} is repaired`, async () => {
    const found = await repairs(model)
    return found.length >= count && found
  })
}

test('an operation whose execution died is led to its end by the next start, and the history says so', async () => {
  await stage.drop('dead', '1.0.0', whole({ 'model.onnx': timesModel(2) }))
  await stage.serves('dead', '1.0.0')
  await stage.drop('dead', '1.1.0', whole({ 'model.onnx': timesModel(3) }, 'release: {alias: none}\n'))
  await stage.ended('release', 'dead', '1.1.0')
  const rollout = 'canary:40%/600s'
  const { id } = await stage.client.promote('dead', { version: '1.1.0', rollout, reason: 'on we go' })
  await until('the canary gets its share', async () => (await stage.client.operation(id)).rollout?.step === 0)
  // An execution that has failed for good: its operation knows nothing of it.
  await wreck((database) => {
    database.exec(`update executions set outcome = 'failed', definition = '' where name = '${id}'`)
    database.exec(`delete from journal where execution = '${id}'`)
  })
  const [entry] = await repaired('dead')
  expect(entry).toMatchObject({ version: '1.1.0', alias: 'live', actor: 'sweeper', operation: id })
  expect(entry?.repair).toBe(
    'the machine of a promotion ended before the promotion did: it was started anew (1 of 3)',
  )
  expect(await stage.client.operation(id)).toMatchObject({ state: 'running', executions: 1, restarts: 1 })
  // It is led again: a hand that takes it back is seen.
  await stage.client.rollback('dead', { reason: 'enough' })
  expect((await stage.over(id)).state).toBe('rolled-back')
  expect(await stage.records('dead')).toEqual(await stage.client.history('dead'))
  expect(stage.events.find((event) => event['detail-type'] === 'Repaired')?.detail).toMatchObject({
    repair: 'restarted',
    operation: id,
  })
}, 60_000)

test('what was left of nobody is removed, what is gone is made again, a canary of nobody gives its traffic back', async () => {
  await stage.drop('left', '1.0.0', whole({ 'model.onnx': timesModel(2) }))
  await stage.serves('left', '1.0.0')
  await stage.drop('left', '1.1.0', whole({ 'model.onnx': timesModel(3) }, 'release: {alias: none}\n'))
  await stage.ended('release', 'left', '1.1.0')
  await wreck((database) => {
    const row = database.prepare('select record from models where model = ?').get('left')
    const record = JSON.parse(String(row?.['record'])) as ModelRecord
    const live = record.aliases['live']
    const canary = { version: '1.1.0', weightPercent: 50, rollout: 'promotion-of-nobody', step: 0 }
    const next = { ...record, aliases: { live: { ...live, canary } } }
    database.prepare('update models set record = ? where model = ?').run(JSON.stringify(next), 'left')
    database.exec(`delete from endpoints where version = '1.0.0'`)
    database.exec(
      `insert into endpoints (name, image, model, version, created_at) values ('sluice-left-0123456789ab', '/nowhere', 'left', '0.9.0', 1)`,
    )
  })
  const found = await repaired('left', 3)
  expect(found.map(({ repair }) => repair).toSorted()).toEqual([
    `'live' gave 50 % to 1.1.0, and its rollout is not known: 'live' took all traffic back`,
    'left 1.0.0 was READY, and its endpoint was gone: it was made again from its image',
    'process had sluice-left-0123456789ab, and no version is known that it is of: it was removed',
  ])
  expect((await stage.client.model('left')).aliases['live']).toMatchObject({ stable: '1.0.0' })
  expect((await stage.client.model('left')).aliases['live']?.canary).toBeUndefined()
  expect((await stage.ask('left', '', { x: 1 })).json.predictions).toEqual([2])
  // A record is written right after the move that it is of.
  const told = (await stage.client.history('left')).length
  await until('the last record is written', async () => (await stage.records('left')).length >= told)
  expect((await stage.records('left')).slice(0, told)).toEqual(
    (await stage.client.history('left')).slice(0, told),
  )
  const sweep = async (...args: string[]) => {
    const { code, json } = await sluiceRun(['--json', 'sweep', ...args], {
      env: { SLUICE_PLATFORM_URL: stage.url },
    })
    return { code, ...json }
  }
  expect(await sweep()).toEqual({ code: 0, repairs: [], broken: [], left: 0 })
  expect(await sweep('--dry-run')).toEqual({ code: 0, repairs: [], broken: [], left: 0 })
  // A start after that finds nothing.
  await wreck(() => {})
  await stage.ask('left', '', { x: 1 })
  expect(await repairs('left')).toHaveLength(3)
}, 60_000)
