import { getEventListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { RequestLine } from '../../../local/hosting/request-line.ts'
import { Displaced, Overdue } from '../../../local/hosting/server-faults.ts'

type Body = string | Uint8Array

/** A line to a model that answers with what it was asked, when it is let. */
function lineTo() {
  const batches: Body[][] = []
  const pending: PromiseWithResolvers<void>[] = []
  const line = new RequestLine({
    ready: async () => {},
    send: async (bodies) => {
      batches.push([...bodies])
      const answer = Promise.withResolvers<void>()
      pending.push(answer)
      await answer.promise
      return bodies.map((body) => ({ status: 200, body: Buffer.from(body) }))
    },
  })
  const ask = async (body: Body, timeoutMs = 5000) =>
    Buffer.from((await line.ask(body, 1, timeoutMs)).body).toString()
  /** The batch that is under way has come to its end. */
  const over = async (error?: Error) => {
    const batch = pending.shift()
    if (error === undefined) batch?.resolve()
    else batch?.reject(error)
    await pause(1)
  }
  return { line, ask, batches, over }
}

describe('requests of one version', () => {
  test('that come while it is at work wait, go together, and get each its own answer', async () => {
    const { ask, batches, over, line } = lineTo()
    const answers = ['a', 'b', 'c', 'd'].map((body) => ask(body))
    await pause(1)
    expect(batches).toEqual([['a']])
    expect(line.length).toBe(4)
    await over()
    expect(batches).toEqual([['a'], ['b', 'c', 'd']])
    await over()
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd'])
    expect(line.length).toBe(0)
  })

  test('that nobody waits for any more are taken out of the line, and leave nothing on the signal', async () => {
    const { ask, batches, over, line } = lineTo()
    const first = ask('a')
    const leaves = new AbortController()
    const left = line.ask('b', 1, 5000, { signal: leaves.signal })
    const stays = new AbortController()
    const stayed = line.ask('c', 1, 5000, { signal: stays.signal })
    await pause(1)
    leaves.abort()
    await expect(left).rejects.toBeInstanceOf(Overdue)
    expect(line.length).toBe(2)
    await over()
    await over()
    expect(batches).toEqual([['a'], ['c']])
    await Promise.all([first, stayed])
    expect(getEventListeners(stays.signal, 'abort')).toEqual([])
  })

  test('that are large, or bytes, go alone, and nobody overtakes them', async () => {
    const { ask, batches, over } = lineTo()
    const large = 'x'.repeat(70_000)
    const bodies: Body[] = ['a', 'b', large, 'c', Buffer.from('d'), 'e', 'f']
    const answers = bodies.map((body) => ask(body))
    await pause(1)
    for (let i = 0; i < 6; i += 1) await over()
    await Promise.all(answers)
    expect(batches).toEqual([['a'], ['b'], [large], ['c'], [Buffer.from('d')], ['e', 'f']])
  })

  test('go at most 256 together', async () => {
    const { ask, batches, over } = lineTo()
    const answers = Array.from({ length: 301 }, (_, i) => ask(`${i}`))
    await pause(1)
    for (let i = 0; i < 3; i += 1) await over()
    await Promise.all(answers)
    expect(batches.map(({ length }) => length)).toEqual([1, 256, 44])
  })

  test('whose callers have waited too long in the line are not sent any more', async () => {
    const { ask, batches, over, line } = lineTo()
    const first = ask('a')
    const late = ask('b', 20)
    const patient = ask('c')
    await expect(late).rejects.toBeInstanceOf(Overdue)
    expect(line.length).toBe(2)
    await over()
    await over()
    expect(await Promise.all([first, patient])).toEqual(['a', 'c'])
    expect(batches).toEqual([['a'], ['c']])
  })

  test('that were displaced go again, before those that came later, and only once', async () => {
    const { ask, batches, over } = lineTo()
    const displaced = new Displaced('asked again')
    const answers = ['a', 'b', 'c'].map((body) => ask(body))
    await pause(1)
    await over()
    const later = ask('d')
    await over(displaced)
    expect(batches).toEqual([['a'], ['b', 'c'], ['b', 'c', 'd']])
    await over(displaced)
    await expect(answers[1]).rejects.toBe(displaced)
    await expect(answers[2]).rejects.toBe(displaced)
    await over()
    expect(await later).toBe('d')
  })

  test('share the failure of their batch, and those behind them go on', async () => {
    const { ask, over } = lineTo()
    const [first, second, third] = ['a', 'b', 'c'].map((body) => ask(body))
    await pause(1)
    const broken = new Error('it broke')
    await over(broken)
    await expect(first).rejects.toBe(broken)
    await over()
    expect(await Promise.all([second, third])).toEqual(['b', 'c'])
  })
})
