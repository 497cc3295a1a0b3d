import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, describe, expect, jest, test } from '@jest/globals'
import { AsyncShadows } from '../../lambdas/aws/async-shadows.ts'
import type { HandedOver } from '../../lambdas/comparison/handed-over.ts'
import type { ShadowedCall } from '../../lambdas/comparison/shadows.ts'

interface Sent {
  readonly FunctionName: string
  readonly InvocationType?: string
  readonly event: HandedOver
}

let now: number
let sent: Sent[]
let answer: () => Promise<unknown>
let shadows: AsyncShadows

beforeEach(() => {
  now = 0
  sent = []
  answer = async () => ({})
  const client = {
    send: ({ input: { Payload, ...input } }: { input: { Payload: string } }) => {
      sent.push({ ...(input as unknown as Sent), event: JSON.parse(Payload) })
      return answer()
    },
  }
  shadows = new AsyncShadows({ functionName: 'asks', clock: { now: () => now }, client: client as never })
})

const of = { model: 'churn', alias: 'live', version: '1.0.0' }
const shadow = { version: '1.1.0', samplePercent: 10, tolerance: 0.01, by: 'shadow-1' }
const call = (requestId: string, more: Partial<ShadowedCall> = {}): ShadowedCall => ({
  ...{ ...of, shadow, requestId, latencyMs: 2, records: [{ x: 1 }], bodyBytes: 7 },
  answer: new TextEncoder().encode('{"predictions":[0.5]}'),
  ...more,
})
/** Another call comes, and its model takes its time. */
const comes = async () => {
  shadows.onCall()
  await turn()
}
const handed = () => sent.map(({ event }) => event.calls.map(({ requestId }) => requestId))

describe('calls whose shadow is to be asked', () => {
  test('wait until a later call comes, and go together and without anybody waiting for them', async () => {
    for (const id of ['a', 'b']) shadows.cast(call(id))
    await comes()
    expect(sent).toEqual([])
    now = 1000
    await comes()
    expect(sent).toMatchObject([{ FunctionName: 'asks', InvocationType: 'Event', event: { dropped: [] } }])
    expect(sent[0]?.event.calls).toMatchObject([
      { ...of, shadow, requestId: 'a', records: [{ x: 1 }], answer: '{"predictions":[0.5]}' },
      { requestId: 'b' },
    ])
    now = 5000
    await comes()
    expect(sent).toHaveLength(1)
  })

  test('go at once where there are twenty, and what comes beyond them is told to be missing', async () => {
    for (let i = 0; i < 23; i += 1) shadows.cast(call(`r${i}`))
    await comes()
    expect(sent[0]?.event.calls).toHaveLength(20)
    expect(sent[0]?.event.dropped).toEqual([{ ...of, shadow, calls: 3 }])
  })

  test('are not handed over where they are too large for an event, and are counted', async () => {
    shadows.cast(call('long', { bodyBytes: 1_000_001 }))
    shadows.cast(call('many', { records: Array(1001).fill({ x: 1 }) }))
    // As JSON it is longer than it came.
    shadows.cast(call('wide', { records: [{ x: 'é"'.repeat(400_000) }] }))
    shadows.cast(call('small'))
    now = 1000
    await comes()
    expect(handed()).toEqual([['small']])
    expect(sent[0]?.event.dropped).toEqual([{ ...of, shadow, calls: 3 }])
  })

  test('wait while others are on their way: what the freeze has interrupted goes on first', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    answer = () => promise
    shadows.cast(call('a'))
    now = 1000
    await comes()
    shadows.cast(call('b'))
    now = 3000
    await comes()
    expect(handed()).toEqual([['a']])
    resolve()
    await turn()
    await comes()
    expect(handed()).toEqual([['a'], ['b']])
  })

  test('that were not taken are never told again, and are counted with the next', async () => {
    const told = jest.spyOn(console, 'error').mockImplementation(() => {})
    answer = async () => {
      throw new Error('throttled')
    }
    shadows.cast(call('a'))
    now = 1000
    await comes()
    answer = async () => ({})
    shadows.cast(call('b'))
    now = 2000
    await comes()
    expect(handed()).toEqual([['a'], ['b']])
    expect(sent[1]?.event.dropped).toEqual([{ ...of, shadow, calls: 1 }])
    expect(new Set(sent.map(({ event }) => event.id)).size).toBe(2)
    expect(told).toHaveBeenCalledTimes(1)
    told.mockRestore()
  })
})

test('what was found is written down when somebody wants to see it, and nobody fails where that is refused', async () => {
  const told = jest.spyOn(console, 'error').mockImplementation(() => {})
  await shadows.flush()
  expect(sent).toMatchObject([{ FunctionName: 'asks', event: { calls: [], dropped: [] } }])
  expect(sent[0]).not.toHaveProperty('InvocationType')
  answer = async () => {
    throw new Error('throttled')
  }
  await expect(shadows.flush()).resolves.toBeUndefined()
  told.mockRestore()
})
