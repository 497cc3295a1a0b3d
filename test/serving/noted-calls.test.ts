import { beforeEach, expect, test } from '@jest/globals'
import { NotedCalls } from '../../lambdas/serving/noted-calls.ts'
import { notedEveryMs, type VersionCall } from '../../lib/rules/calls.ts'

let now: number
let written: string[]
let faults: unknown[]
let write: (call: VersionCall) => void | Promise<void>

beforeEach(() => {
  now = 1_000_000
  written = []
  faults = []
  write = ({ version, way, caller }) => {
    written.push(`${version} ${way} ${caller}`)
  }
})

function noted(most?: number): NotedCalls {
  return new NotedCalls(
    (call) => write(call),
    { now: () => now },
    {
      ...(most !== undefined && { most }),
      onFault: (fault) => faults.push(fault),
    },
  )
}

function call(caller: string, version = '1.0.0', way: VersionCall['way'] = 'version'): VersionCall {
  return { model: 'churn', version, caller, way }
}

test('a caller is written once an hour, however often it calls', () => {
  const calls = noted()
  for (let i = 0; i < 1000; i += 1) calls.note(call('shop'))
  expect(written).toEqual(['1.0.0 version shop'])
  now += notedEveryMs - 1
  calls.note(call('shop'))
  expect(written).toHaveLength(1)
  now += 1
  calls.note(call('shop'))
  expect(written).toHaveLength(2)
})

test('callers, versions and ways are told apart', () => {
  const calls = noted()
  calls.note(call('shop'))
  calls.note(call('reports'))
  calls.note(call('shop', '1.1.0'))
  calls.note(call('shop', '1.0.0', 'range'))
  expect(written).toEqual([
    '1.0.0 version shop',
    '1.0.0 version reports',
    '1.1.0 version shop',
    '1.0.0 range shop',
  ])
})

test('of more callers than are told apart, the rest are others: no memory and no write for each', () => {
  const calls = noted(100)
  for (let i = 0; i < 50_000; i += 1) calls.note(call(`caller-${i}`))
  expect(written).toHaveLength(101)
  expect(written.at(-1)).toBe('1.0.0 version others')
  // Whoever is known is still told apart, and nobody is written again within the hour.
  for (let i = 0; i < 50_000; i += 1) calls.note(call(`caller-${i}`))
  expect(written).toHaveLength(101)
  now += notedEveryMs
  calls.note(call('somebody-new'))
  expect(written.at(-1)).toBe('1.0.0 version somebody-new')
})

test('what could not be written is written with the next call, and told once', async () => {
  const calls = noted()
  write = () => Promise.reject(new Error('throttled'))
  calls.note(call('shop'))
  calls.note(call('shop'))
  await Promise.resolve()
  await Promise.resolve()
  calls.note(call('shop'))
  await Promise.resolve()
  await Promise.resolve()
  expect(faults).toHaveLength(1)
  write = ({ caller }) => {
    written.push(caller)
  }
  calls.note(call('shop'))
  calls.note(call('shop'))
  expect(written).toEqual(['shop'])
})

test('a write that throws fails nobody', () => {
  const calls = noted()
  write = () => {
    throw new Error('the disk is full')
  }
  expect(() => calls.note(call('shop'))).not.toThrow()
  expect(faults).toHaveLength(1)
})

test('a clock that was set back does not keep a caller from being written', () => {
  const calls = noted()
  calls.note(call('shop'))
  now -= 10 * notedEveryMs
  calls.note(call('shop'))
  expect(written).toHaveLength(2)
})
