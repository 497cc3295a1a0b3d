import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Operation } from '../../lib/rules/operation.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage, whole } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
  await release('1.0.0', 2)
  await stage.serves('doubles', '1.0.0')
}, 90_000)
afterAll(() => stage.close())

/** A version that makes so much of a number, and is held to being as near to the truth as the one before it. */
async function release(version: string, factor: number, minFeedback = 0): Promise<void> {
  // How fast it is, on a machine that does other things too, is not what is looked at here.
  const limits = `{maxLatencyP95Ratio: 1000, quality: {metric: mae, maxWorse: 0.5, minFeedback: ${minFeedback}}}`
  const manifest = `capture: {samplePercent: 100}\nrelease: {alias: none, limits: ${limits}}\n`
  await stage.drop(
    'doubles',
    version,
    whole(
      { 'model.onnx': timesModel(factor) },
      version === '1.0.0' ? 'capture: {samplePercent: 100}\n' : manifest,
    ),
  )
  await stage.ended('release', 'doubles', version)
}

const promote = (version: string, rollout: string) =>
  stage.client.promote('doubles', { version, rollout, reason: 'a journey' })
const verdictOf = (id: string, said: string): Promise<Operation> =>
  until(
    `the verdict of ${id} says ${said}`,
    async () => {
      const operation = await stage.client.operation(id)
      return operation.rollout?.verdict?.reason.includes(said) && operation
    },
    30_000,
  )

/** So many calls, twenty at once, and what was true of each: twice the number, give or take a tenth. */
async function called(count: number): Promise<{ requestId: string; actual: number }[]> {
  const call = async (_: unknown, i: number) => {
    const x = 1 + (i % 5)
    const { headers } = await stage.ask('doubles', '', { x })
    return { requestId: headers.get('x-request-id') ?? '', actual: 2 * x + ((i % 3) - 1) / 10 }
  }
  const told: { requestId: string; actual: number }[] = []
  while (told.length < count) told.push(...(await Promise.all(Array.from({ length: 20 }, call))))
  return told
}

test('a canary whose predictions do not come true goes back as soon as enough was told of them', async () => {
  await release('1.1.0', 3)
  const { id } = await promote('1.1.0', 'canary:50%/600s')
  await verdictOf(id, 'baking')
  const told = await called(200)
  await stage.client.feedback('doubles', told)
  await until(
    'it is taken back',
    async () => {
      await stage.monitor()
      return (await stage.client.operation(id)).state === 'rolled-back'
    },
    30_000,
  )
  const { problem, rollout } = await stage.client.operation(id)
  expect(problem?.detail).toMatch(
    /mae is [\d., to]+ on the canary \(\d+ told\) and 0\.0\d+, [\d., to]+ on stable \(\d+ told\); it may be 0\.5 worse/,
  )
  expect(rollout?.verdict?.qualityEvidence).toBeGreaterThanOrEqual(100)
  const { stable, canary } = (await stage.client.model('doubles')).aliases['live'] ?? {}
  expect([stable, canary]).toEqual(['1.0.0', undefined])
}, 90_000)

test('one that waits for feedback is promoted once it has come', async () => {
  await release('1.2.0', 2, 40)
  const { id } = await promote('1.2.0', 'canary:50%/1s')
  await until('it has traffic', async () => (await stage.client.operation(id)).rollout?.step === 0)
  const told = await called(300)
  await verdictOf(id, 'too little feedback, 40 is asked of each')
  await stage.client.feedback('doubles', told)
  await until(
    'it is promoted',
    async () => {
      await stage.monitor()
      return (await stage.client.operation(id)).state === 'succeeded'
    },
    30_000,
  )
  await stage.serves('doubles', '1.2.0')
}, 90_000)
