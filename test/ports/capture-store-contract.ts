import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { CaptureStore } from '../../lambdas/monitoring-ports.ts'
import type { CapturedCall, CapturedRecord } from '../../lib/rules/capture/captured-call.ts'
import { until } from '../harness/until.ts'

export interface CapturesWorld {
  readonly captures: CaptureStore
  /** Whatever stands between taking and reading has done its work. */
  readonly delivered?: () => Promise<void>
  close(): Promise<void>
}

const hourMs = 3_600_000
const began = Date.parse('2026-03-01T10:15:00Z')

/** What every store of recorded calls keeps its word on, in whatever world. */
export function captureStoreContract(world: string, make: () => Promise<CapturesWorld>): void {
  describe(`the capture store of ${world}`, () => {
    let made: CapturesWorld

    beforeAll(async () => {
      made = await make()
    })
    afterAll(() => made.close())

    const call = (model: string, facts: Partial<CapturedCall> = {}): CapturedCall => ({
      ...{ model, version: '1.0.0', atMs: began, requestId: 'r1', variant: 'stable', latencyMs: 1.5 },
      asked: { records: [{ age: 41, plan: 'a' }] },
      answer: new TextEncoder().encode('{"predictions":[0.25]}'),
      plan: { samplePercent: 100, mask: [], hash: [], retentionDays: 30 },
      ...facts,
    })

    async function read(model: string, facts: { fromMs?: number; untilMs?: number; version?: string } = {}) {
      const records: CapturedRecord[] = []
      const range = { version: '1.0.0', fromMs: began - hourMs, untilMs: began + 10 * hourMs, ...facts }
      for await (const some of made.captures.read({ model, ...range })) records.push(...some)
      return records
    }

    async function taken(model: string, calls: readonly CapturedCall[], records = calls.length) {
      for (const one of calls) made.captures.take(one)
      await made.delivered?.()
      await until('all is written', async () => (await read(model)).length === records)
    }

    test('has nothing of a model that nobody recorded', async () => {
      expect(await read('silent')).toEqual([])
      expect(await made.captures.standing('silent')).toEqual([])
      await made.captures.forget({ model: 'silent', version: '1.0.0', beforeMs: began })
    })

    test('gives back what was asked and answered, with when and by which version', async () => {
      await taken('whole', [call('whole')])
      expect(await read('whole')).toEqual([
        {
          ...{ at: '2026-03-01T10:15:00.000Z', requestId: 'r1', row: 0, model: 'whole', version: '1.0.0' },
          ...{ variant: 'stable', latencyMs: 1.5, inputs: { age: 41, plan: 'a' }, prediction: 0.25 },
        },
      ])
    })

    test('tells versions and models apart, and begins and ends to the millisecond', async () => {
      await taken(
        'range',
        [0, 1, 2].map((i) => call('range', { requestId: `r${i}`, atMs: began + i })),
      )
      made.captures.take(call('range', { version: '1.0.1', requestId: 'other' }))
      await made.delivered?.()
      await until(
        'the other version is written',
        async () => (await read('range', { version: '1.0.1' })).length === 1,
      )
      const found = await read('range', { fromMs: began + 1, untilMs: began + 2 })
      expect(found.map(({ requestId }) => requestId)).toEqual(['r1'])
      expect(await read('rang')).toEqual([])
    })

    test('keeps a record of each row, and a call that failed without a prediction', async () => {
      const rows = call('rows', { asked: { records: [{ age: 1 }, { age: 2 }] } })
      const answer = new TextEncoder().encode('{"predictions":[0.5,null]}')
      const { answer: _, ...failed } = call('rows', { requestId: 'r2', problem: 'model-failed' })
      await taken('rows', [{ ...rows, answer }, failed], 3)
      expect(
        (await read('rows')).map(({ requestId, row, prediction, problem }) => ({
          requestId,
          row,
          prediction,
          problem,
        })),
      ).toEqual([
        { requestId: 'r1', row: 0, prediction: 0.5 },
        { requestId: 'r1', row: 1, prediction: null },
        { requestId: 'r2', row: 0, problem: 'model-failed' },
      ])
    })

    test('hashes with the same key for all, and never writes what is hashed', async () => {
      const plan = { samplePercent: 100, mask: ['plan'], hash: ['age'], retentionDays: 30 }
      await taken('hidden', [call('hidden', { plan }), call('hidden', { plan, requestId: 'r2' })])
      const inputs = (await read('hidden')).map((record) => record.inputs)
      expect(inputs[0]).toEqual({ age: expect.stringMatching(/^hash:[0-9a-f]{16}$/) })
      expect(inputs[1]).toEqual(inputs[0])
    })

    test('forgets whole hours before a moment, and nothing after it', async () => {
      const hours = [0, 1, 2].map((i) => call('old', { requestId: `r${i}`, atMs: began + i * hourMs }))
      await taken('old', hours)
      await made.captures.forget({ model: 'old', version: '1.0.0', beforeMs: began + hourMs })
      const left = (await read('old')).map(({ requestId }) => requestId)
      expect(left).toEqual(['r1', 'r2'])
    })
  })
}
