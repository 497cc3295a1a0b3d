import { describe, expect, test } from '@jest/globals'
import { admits, type Pace, paceAfter } from '../../lib/rules/admission.ts'

/** Callers who ask a version again as soon as it has answered, on a machine that is slower at some times than at others. */
interface Callers {
  readonly callers: number
  /** What a first record takes where nothing else is at work, and each further one. */
  readonly oneMs: number
  readonly furtherMs: number
  /** How many times longer everything takes at a moment; Infinity: the machine stands still. */
  readonly slowness: (clockMs: number) => number
  readonly forMs: number
}

const stepMs = 0.5
/** Between an answer and the caller's next request, and between two requests that the gateway takes in. */
const betweenMs = 0.25
const comesBackMs = 5

/** What became of their requests: how many were refused, and how long the others took. */
function asked({ callers, oneMs, furtherMs, slowness, forMs }: Callers): {
  refused: number
  waits: number[]
} {
  // How it does has been seen, by one caller and by nine at a time.
  let pace: Pace = paceAfter(paceAfter({}, 1, oneMs), 9, oneMs + 8 * furtherMs)
  let running: number[] = []
  let waiting: number[] = []
  let [since, leftMs, refused] = [0, 0, 0]
  let coming = Array.from({ length: callers }, (_, i) => i * betweenMs)
  const waits: number[] = []
  for (let clock = 0; clock < forMs; clock += stepMs) {
    const pauseOf = slowness(clock)
    // While the machine stands still nobody asks.
    if (pauseOf === Number.POSITIVE_INFINITY) continue
    leftMs -= stepMs / pauseOf
    if (running.length > 0 && leftMs <= 0) {
      pace = paceAfter(pace, running.length, clock - since)
      waits.push(...running.map((at) => clock - at))
      coming.push(...running.map((_, i) => clock + (i + 1) * betweenMs * pauseOf))
      running = []
    }
    const due = coming.filter((at) => at <= clock)
    coming = coming.filter((at) => at > clock)
    for (const _ of due) {
      const line = {
        runningRecords: running.length,
        runningForMs: running.length > 0 ? clock - since : 0,
        waitingRecords: waiting.length,
        waitingForMs: clock - (waiting[0] ?? clock),
      }
      if (admits(pace, line)) waiting.push(clock)
      else {
        refused += 1
        coming.push(clock + comesBackMs)
      }
    }
    if (running.length === 0 && waiting.length > 0) {
      running = waiting
      waiting = []
      since = clock
      leftMs = oneMs + (running.length - 1) * furtherMs
    }
  }
  return { refused, waits }
}

const models = {
  'a forest': { oneMs: 5.4, furtherMs: 0.13 },
  'a slow forest': { oneMs: 90, furtherMs: 2 },
  'a quick model': { oneMs: 0.5, furtherMs: 0.06 },
}
const forMs = 4000
const machines: Record<string, Callers['slowness']> = {
  'is left alone': () => 1,
  'is busy with two other things': () => 3,
  'becomes busy with three other things for two seconds': (clock) => (clock > 1000 && clock < 3000 ? 4 : 1),
  'takes turns with another process, each for 24 ms': (clock) =>
    clock % 48 < 24 ? Number.POSITIVE_INFINITY : 1,
  'stands still for 60 ms now and then': (clock) => (clock % 500 > 440 ? Number.POSITIVE_INFINITY : 1),
  'stands still for 400 ms now and then': (clock) => (clock % 1500 > 1100 ? Number.POSITIVE_INFINITY : 1),
}

describe.each(Object.entries(machines))('on a machine that %s', (_, slowness) => {
  test.each(Object.entries(models))(
    '32 callers of %s that gains from batches are never refused',
    (_, model) => {
      const { refused, waits } = asked({ callers: 32, ...model, slowness, forMs })
      expect(refused).toBe(0)
      // They go together.
      expect(waits.length).toBeGreaterThan(forMs / model.oneMs)
    },
  )

  test('a model that gains nothing from batches is kept to what it can answer', () => {
    const { refused, waits } = asked({ callers: 32, oneMs: 40, furtherMs: 40, slowness, forMs })
    expect(refused).toBeGreaterThan(waits.length)
  })
})

test('more callers than a gainful version can answer in good time are refused, and the others are answered in it', () => {
  const model = { oneMs: 50, furtherMs: 10 }
  const { refused, waits } = asked({ callers: 60, ...model, slowness: () => 1, forMs: 10_000 })
  expect(refused).toBeGreaterThan(0)
  const later = waits.slice(waits.length / 2).toSorted((a, b) => a - b)
  // Two batches of four times what one takes.
  expect(later.at(-1)).toBeLessThanOrEqual(8.2 * model.oneMs)
  expect((1000 * later.length) / 5000).toBeGreaterThan(0.7 * (1000 / model.furtherMs))
})
