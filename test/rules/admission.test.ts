import { describe, expect, test } from '@jest/globals'
import { admits, type Line, type Pace, paceAfter } from '../../lib/rules/admission.ts'

const idle: Line = { runningRecords: 0, runningForMs: 0, waitingRecords: 0 }

/** What is known of a version after batches, each of so many records in so many milliseconds. */
function learned(...batches: readonly (readonly [records: number, tookMs: number])[]): Pace {
  return batches.reduce<Pace>((pace, [records, tookMs]) => paceAfter(pace, records, tookMs), {})
}

/** As many batches of two as prove something. */
const eight = (batch: readonly [number, number]) => Array.from({ length: 8 }, () => batch)

/** How many of a rush are taken on, that comes while a batch of one has just begun. */
function takenOn(pace: Pace): number {
  let waitingRecords = 0
  while (waitingRecords < 10_000 && admits(pace, { runningRecords: 1, runningForMs: 0, waitingRecords }))
    waitingRecords += 1
  return waitingRecords
}

describe('a version', () => {
  test('is always asked when nobody else asks it', () => {
    for (const pace of [{}, learned([1, 20_000]), learned([1, 5], [10, 50_000], [10, 50_000], [10, 50_000])])
      expect(admits(pace, idle)).toBe(true)
  })

  test('of which nothing is known takes 64', () => {
    expect(takenOn({})).toBe(63)
  })

  test('that predicts one record after the other takes one more, and no third', () => {
    const pace = learned([1, 100], ...eight([2, 200]))
    expect(takenOn(pace)).toBe(1)
  })

  test('that predicts many records as fast as one takes a rush', () => {
    expect(takenOn(learned([1, 100], [16, 101], [16, 101], [16, 101]))).toBeGreaterThan(100)
  })

  test('whose server is starting takes what it can answer within a second then', () => {
    const waiting = (waitingRecords: number) => ({ ...idle, waitingRecords, isStarting: true })
    const slow = learned([1, 40])
    expect([1, 24, 25].map((records) => admits(slow, waiting(records)))).toEqual([true, true, false])
    expect(admits(learned([1, 1]), waiting(500))).toBe(true)
    expect(admits(learned([1, 20_000]), waiting(1))).toBe(true)
    expect(admits(learned([1, 20_000]), waiting(2))).toBe(false)
  })

  test('is judged by the middle of its last single records, not by a slow moment or a quick failure', () => {
    for (const odd of [400, 0.1])
      expect(takenOn(learned([1, 40], [1, 40], [1, odd], ...eight([2, 80])))).toBe(1)
  })

  test('that answers within a moment is not spared', () => {
    expect(takenOn(learned([1, 2], ...eight([2, 4])))).toBe(24)
  })

  test('is tried with several before it is known how they do', () => {
    // A second of records, if each took its full time; and never fewer than two.
    expect(takenOn(learned([1, 5]))).toBe(200)
    expect(takenOn(learned([1, 5], [8, 40]))).toBe(200)
    expect(takenOn(learned([1, 500]))).toBe(2)
  })

  test('that is stuck is asked no more, whatever is known of it', () => {
    const pace = learned([1, 100], [16, 101], [16, 101], [16, 101])
    const stuck = { runningRecords: 1, runningForMs: 901, waitingRecords: 0 }
    expect(admits(pace, { ...stuck, runningForMs: 899 })).toBe(true)
    expect(admits(pace, stuck)).toBe(false)
  })

  test('is not thought slow for one batch that the machine made slow', () => {
    const quick = [2, 1.1] as const
    expect(takenOn(learned([1, 1], ...eight(quick), [2, 900]))).toBeGreaterThan(100)
  })

  test('that was slow on a busy machine is given another try after some thousand calls', () => {
    let pace = learned([1, 40], ...eight([2, 80]))
    const late = { runningRecords: 1, runningForMs: 30, waitingRecords: 1 }
    expect(admits(pace, late)).toBe(false)
    for (let call = 0; call < 2100; call += 1) pace = paceAfter(pace, 1, 40)
    expect(admits(pace, late)).toBe(true)
    // One more at a time, and not a whole batch that it would take long for.
    expect(takenOn(pace)).toBe(1)
    for (let batch = 0; batch < 5; batch += 1) pace = paceAfter(pace, 2, 40.1)
    expect(takenOn(pace)).toBeGreaterThan(30)
  })
})

/** A server that predicts one record after the other, asked at ten times what it can answer. @returns every wait, in order */
function overloaded(perRecordMs: number, forMs: number): number[] {
  let pace = learned([1, perRecordMs])
  let running: number[] = []
  let waiting: number[] = []
  let endsAt = 0
  const waits: number[] = []
  for (let clock = 0; clock < forMs; clock += 1) {
    if (running.length > 0 && clock >= endsAt) {
      pace = paceAfter(pace, running.length, running.length * perRecordMs)
      waits.push(...running.map((since) => clock - since))
      running = []
    }
    if (running.length === 0 && waiting.length > 0) {
      running = waiting
      waiting = []
      endsAt = clock + running.length * perRecordMs
    }
    if (clock % (perRecordMs / 10) === 0) {
      const runningForMs = clock - (endsAt - running.length * perRecordMs)
      if (
        admits(pace, {
          runningRecords: running.length,
          runningForMs,
          waitingRecords: waiting.length,
          waitingForMs: clock - (waiting[0] ?? clock),
        })
      )
        waiting.push(clock)
    }
  }
  return waits
}

test.each([30, 50, 200])(
  'whoever is taken on waits at most twice what a caller alone waits: %d ms',
  (perRecordMs) => {
    const forMs = 4000 * perRecordMs
    const waits = overloaded(perRecordMs, forMs)
    // The first few find out how batches of several do.
    const later = waits.slice(120).toSorted((a, b) => a - b)
    expect(later[Math.floor(later.length * 0.99)]).toBeLessThanOrEqual(2.1 * perRecordMs)
    expect(waits.length * perRecordMs).toBeGreaterThan(0.95 * forMs)
  },
)
