import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { eventTypes } from '../../lib/rules/platform-event.ts'
import { logarithmModel, timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { root, Stage, whole } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
}, 30_000)
afterAll(() => stage.close())

/** Everything that a platform can tell, as it comes about; and the published schema, as a consumer reads it. */
test('every event of a journey is as the published schema says, and every type comes to pass', async () => {
  const { client } = stage
  await stage.write('churn/1.0.0.onnx', timesModel(2))
  await stage.serves('churn', '1.0.0')
  for (const version of ['1.1.0', '1.2.0']) {
    await stage.write(`churn/${version}.onnx`, timesModel(3))
    await stage.ended('release', 'churn', version)
  }
  const canary = await client.promote('churn', {
    version: '1.1.0',
    rollout: 'canary:50%/1s',
    reason: 'a better one',
  })
  await until('it has its share', async () => (await client.operation(canary.id)).rollout?.step === 0)
  for (const control of ['pause', 'resume'] as const)
    await client.controlRollout(canary.id, control, { reason: 'a moment' })
  for (let i = 0; i < 200; i += 1) await stage.ask('churn', '', { x: 1 })
  await stage.over(canary.id)
  const back = await client.rollback('churn', { reason: 'worse after all' })
  await stage.over(back.id)
  const first = await client.promote('churn', { version: '1.2.0', rollout: 'all-at-once' })
  await stage.over(first.id)
  await stage.write('Bad_Name/1.0.0.onnx', timesModel(1))
  const wrong = { 'model.onnx': timesModel(2), 'one.json': '{"x": 1}', 'two.json': '{"predictions": [7]}' }
  await stage.drop('wrong', '1.0.0', whole(wrong, 'examples: [{request: one.json, expect: two.json}]\n'))
  await stage.ended('release', 'wrong', '1.0.0')
  await stage.write('other/1.0.0.onnx', logarithmModel())
  await stage.serves('other', '1.0.0')
  await stage.write('other/2.0.0.onnx', timesModel(2))
  await stage.ended('release', 'other', '2.0.0')
  const retired = await client.retire('other', { version: '2.0.0', reason: 'never used' })
  await stage.over(retired.id)
  const held = whole({ 'model.onnx': timesModel(2) }, 'release: {approval: required}\n')
  for (const [version, decision] of [
    ['3.0.0', 'reject'],
    ['3.1.0', 'approve'],
  ] as const) {
    await stage.drop('other', version, held)
    const { promotion = '' } = await stage.ended('release', 'other', version)
    await client.decide(promotion, { decision, reason: 'I looked at it' })
  }
  await client.castShadow('churn', { version: '1.1.0', reason: 'to compare' })
  await client.liftShadow('churn', 'live', { reason: 'seen enough' })
  await until('all is told', () => stage.events.some((one) => one['detail-type'] === 'Retired'))

  const schema = JSON.parse(readFileSync(join(root, 'docs', 'events.schema.json'), 'utf8'))
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
  for (const event of stage.events)
    expect([event, validate(event), validate.errors]).toEqual([event, true, null])
  const told = new Set(stage.events.map((event) => event['detail-type']))
  // What went wrong with the platform itself is in the journeys of crashes and of the sweeper, drift in one of its own.
  const elsewhere = ['Operation Failed', 'Repaired', 'Drift Detected', 'Drift Ended']
  expect([...told].toSorted()).toEqual(eventTypes.filter((type) => !elsewhere.includes(type)).toSorted())
  const [promoted] = stage.events.filter(
    (one) => one['detail-type'] === 'Promoted' && one.detail['operation'] === canary.id,
  )
  expect(promoted?.detail).toMatchObject({
    model: 'churn',
    version: '1.1.0',
    alias: 'live',
    from: '1.0.0',
    actor: canary.actor,
    reason: 'a better one',
  })
  const [step] = stage.events.filter((one) => one['detail-type'] === 'Canary Step')
  expect(step?.detail).toMatchObject({ version: '1.1.0', from: '1.0.0', alias: 'live', weightPercent: 50 })
  const [rolledBack] = stage.events.filter((one) => one['detail-type'] === 'Rolled Back')
  expect(rolledBack?.detail).toMatchObject({ version: '1.1.0', to: '1.0.0', cause: 'request' })
}, 60_000)
