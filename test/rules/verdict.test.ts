import { Worker } from 'node:worker_threads'
import { describe, expect, test } from '@jest/globals'
import { latencyBucket } from '../../lib/rules/latency-histogram.ts'
import { defaultLimits } from '../../lib/rules/rollout.ts'
import {
  type Evidence,
  falseRollbackBound,
  judge,
  type StepCounts,
  type VariantCounts,
  type Verdict,
} from '../../lib/rules/verdict.ts'
import type { Rollout, Scenario } from './verdict-simulation.ts'

const bakeEndsAt = 1000
const deadline = 3000
const [baking, baked, tooLate] = [bakeEndsAt - 1, bakeEndsAt, deadline]

/** So many calls, so many of them failed, all of one latency. */
function calls(requests: number, errors = 0, latencyMs = 50): VariantCounts {
  const latency = requests === 0 ? {} : { [latencyBucket(latencyMs)]: requests }
  return { requests, errors, callers: 0, failedCallers: 0, latency }
}

const step = (weightPercent: number, canary: VariantCounts, stable: VariantCounts): StepCounts => ({
  weightPercent,
  canary,
  stable,
})

function judged(
  steps: readonly StepCounts[] | undefined,
  now: number,
  limits: Partial<Evidence['limits']> = {},
): Verdict {
  return judge({ steps, limits: { ...defaultLimits, ...limits }, now, bakeEndsAt, deadline })
}

describe('what is unknown never promotes', () => {
  test.each([
    ['counters that cannot be read', undefined, 'cannot be read'],
    ['no step at all', [], '0 of 50'],
    ['no requests', [step(10, calls(0), calls(0))], '0 of 50'],
    ['no requests of the canary', [step(10, calls(0), calls(900))], '0 of 50'],
    ['too few requests', [step(10, calls(49), calls(441))], '49 of 50'],
    [
      'too few in this step, and many in the one before',
      [step(10, calls(500), calls(4500)), step(50, calls(49), calls(49))],
      '49 of 50',
    ],
    ['too few callers', [step(10, { ...calls(49), requests: 0, callers: 49 }, calls(900))], '49 of 50'],
  ])('%s hold, and roll back at the deadline', (_, steps, told) => {
    expect(judged(steps, baking).decision).toBe('hold')
    expect(judged(steps, baked)).toMatchObject({ decision: 'hold', reason: expect.stringContaining(told) })
    expect(judged(steps, tooLate - 1).decision).toBe('hold')
    expect(judged(steps, tooLate)).toMatchObject({
      decision: 'rollback',
      reason: expect.stringMatching(/^no verdict before the deadline: /),
    })
  })

  test('of counters that cannot be read, there is no evidence either way', () => {
    expect(judged(undefined, tooLate)).toMatchObject({ errorEvidence: 1, latencyEvidence: 1 })
    expect(judged([], tooLate)).toMatchObject({ errorEvidence: 1, latencyEvidence: 1 })
  })

  test('too few of stable to compare the canary’s latency with hold', () => {
    expect(judged([step(90, calls(60, 0, 1000), calls(5, 0, 10))], baked).decision).toBe('hold')
  })
})

describe('a canary without fault', () => {
  const clean = [step(10, calls(50), calls(450))]

  test('holds while it bakes and advances at once when it is baked, even at the deadline', () => {
    expect(judged(clean, baking)).toMatchObject({
      decision: 'hold',
      reason: expect.stringContaining('baking'),
    })
    expect(judged(clean, baked).decision).toBe('advance')
    expect(judged(clean, tooLate).decision).toBe('advance')
  })

  test('advances with as few requests as its limits ask for', () => {
    expect(judged([step(10, calls(1), calls(9))], baked, { minRequests: 1 }).decision).toBe('advance')
  })

  test('may be counted by callers, or by both', () => {
    const callers = { ...calls(50), requests: 0, callers: 50 }
    const both = { ...calls(50), requests: 25, callers: 25 }
    for (const canary of [callers, both])
      expect(judged([step(10, canary, calls(450))], baked).decision).toBe('advance')
  })
})

describe('errors', () => {
  const early = step(10, calls(100, 6), calls(900))

  test.each<[string, Verdict['decision'], StepCounts[], number?]>([
    ['equally many on both variants, 30 %', 'advance', [step(10, calls(100, 30), calls(900, 270))]],
    ['fewer on the canary, though above the limit', 'advance', [step(10, calls(100, 20), calls(900, 270))]],
    ['exactly at a limit of 7 %, the canary’s for sure', 'advance', [step(10, calls(100, 7), calls(900))], 7],
    [
      'exactly at a limit of 28 %, the canary’s for sure',
      'advance',
      [step(10, calls(100, 28), calls(900))],
      28,
    ],
    ['exactly at the limit', 'advance', [step(10, calls(1000, 10), calls(9000))]],
    [
      'below the limit, though the canary’s for sure',
      'advance',
      [step(10, calls(10_000, 90), calls(90_000))],
    ],
    ['above the limit, the canary’s for sure', 'rollback', [step(10, calls(1000, 20), calls(9000))]],
    ['above the limit, not clear whose', 'hold', [step(10, calls(60, 1), calls(540))]],
    ['of callers', 'rollback', [step(10, { ...calls(0), callers: 60, failedCallers: 5 }, calls(900))]],
    ['of the step before', 'rollback', [early, step(50, calls(100), calls(100))]],
  ])('%s: %s', (_, decision, steps, maxErrorRatePercent = 1) => {
    expect(judged(steps, baked, { maxErrorRatePercent }).decision).toBe(decision)
  })

  test('that are certainly the canary’s roll it back at once, while it bakes and before there are enough requests', () => {
    const verdict = judged([step(10, calls(5, 5), calls(45))], 0)
    expect(verdict).toMatchObject({
      decision: 'rollback',
      reason: '100 % of 5 canary calls failed, 0 % of 45 stable ones; the limit is 1 %',
    })
  })

  test('on every request of the canary roll it back within 12 of them', () => {
    const first = Array.from({ length: 12 }, (_, i) => i + 1).find(
      (failed) => judged([step(10, calls(failed, failed), calls(failed * 9))], 0).decision === 'rollback',
    )
    expect(first).toBe(3)
  })

  test('that are not clear yet roll back at the deadline', () => {
    const steps = [step(10, calls(60, 1), calls(540, 0))]
    expect(judged(steps, baked)).toMatchObject({
      decision: 'hold',
      reason: expect.stringContaining('not clear yet'),
    })
    expect(judged(steps, tooLate).decision).toBe('rollback')
  })

  test('are held to the limit that is given, zero included', () => {
    const steps = [step(10, calls(1000, 9), calls(9000, 0))]
    expect(judged(steps, baked, { maxErrorRatePercent: 0.9 }).decision).toBe('advance')
    expect(judged(steps, baked, { maxErrorRatePercent: 0.8 }).decision).toBe('rollback')
    expect(judged(steps, baked, { maxErrorRatePercent: 0 }).decision).toBe('rollback')
    expect(judged([step(10, calls(1000), calls(9000))], baked, { maxErrorRatePercent: 0 }).decision).toBe(
      'advance',
    )
  })
})

describe('the evidence of errors', () => {
  /** The likelihood ratio by its definition, multiplied out error by error. */
  function evidence(steps: readonly [share: number, canary: number, stable: number][]): number {
    const ofRatio = (ratio: number) =>
      steps.reduce((product, [share, canary, stable]) => {
        const worse = (ratio * share) / (ratio * share + (1 - share))
        return product * (worse / share) ** canary * ((1 - worse) / (1 - share)) ** stable
      }, 1)
    return (ofRatio(2) + ofRatio(5) + ofRatio(20) + ofRatio(100)) / 4
  }

  test.each([
    ['nothing', [[0.1, 0, 0]]],
    ['three of the canary', [[0.1, 3, 0]]],
    ['three of stable', [[0.1, 0, 3]]],
    ['both', [[0.1, 4, 9]]],
    ['half of the traffic', [[0.5, 5, 2]]],
    ['99 % of the traffic', [[0.99, 5, 1]]],
    [
      'steps of different shares',
      [
        [0.1, 2, 0],
        [0.5, 1, 1],
      ],
    ],
    [
      'the same in steps that are turned round',
      [
        [0.5, 2, 0],
        [0.1, 1, 1],
      ],
    ],
  ] as [string, [number, number, number][]][])(
    'is the mean likelihood ratio, share by share: %s',
    (_, shares) => {
      const steps = shares.map(([share, canary, stable]) =>
        step(share * 100, calls(50, canary), calls(500, stable)),
      )
      expect(judged(steps, baked).errorEvidence).toBeCloseTo(evidence(shares), 6)
    },
  )

  test('rolls back from a hundred on, which is what the bound says', () => {
    expect(falseRollbackBound).toBe(0.01)
    expect(evidence([[0.1, 2, 0]])).toBeLessThan(100)
    expect(judged([step(10, calls(10, 2), calls(90))], baking).decision).toBe('hold')
    expect(evidence([[0.1, 3, 0]])).toBeGreaterThan(100)
    expect(judged([step(10, calls(10, 3), calls(90))], baking).decision).toBe('rollback')
  })
})

describe('latency', () => {
  const pair = (canaryMs: number, stableMs: number, requests = 100) => [
    step(10, calls(requests, 0, canaryMs), calls(requests * 9, 0, stableMs)),
  ]

  test.each([
    ['the same', 'advance', 100, 100],
    ['halved', 'advance', 50, 100],
    ['a little more', 'advance', 125, 100],
    ['doubled', 'rollback', 200, 100],
    ['doubled, below the floor of 5 ms', 'advance', 4, 2],
    ['four times as much, still below the floor', 'advance', 4, 1],
    ['five times as much, above the floor', 'rollback', 10, 2],
    ['doubled from nothing', 'advance', 0.2, 0.1],
  ])('%s: %s', (_, decision, canaryMs, stableMs) => {
    expect(judged(pair(canaryMs, stableMs), baked).decision).toBe(decision)
  })

  test('is held to the ratio that is given', () => {
    expect(judged(pair(200, 100), baked, { maxLatencyP95Ratio: 3 }).decision).toBe('advance')
    expect(judged(pair(200, 100), baked, { maxLatencyP95Ratio: 1 }).decision).toBe('rollback')
    expect(judged(pair(125, 100), baked, { maxLatencyP95Ratio: 1 }).decision).toBe('rollback')
  })

  test('that is doubled rolls back while it bakes, with the figures', () => {
    expect(judged(pair(200, 100, 10), 0)).toMatchObject({
      decision: 'rollback',
      reason: expect.stringMatching(
        /^p95 is 20\d ms on the canary and 10\d ms on stable; the limit is 15\d ms$/,
      ),
    })
  })

  test('of a few slow calls is not the p95', () => {
    const latency = { [latencyBucket(50)]: 96, [latencyBucket(5000)]: 4 }
    expect(judged([step(10, { ...calls(100), latency }, calls(900))], baked).decision).toBe('advance')
  })

  test('that may be an accident holds, and rolls back at the deadline', () => {
    const latency = { [latencyBucket(50)]: 91, [latencyBucket(5000)]: 9 }
    const steps = [step(10, { ...calls(100), latency }, calls(900))]
    expect(judged(steps, baked)).toMatchObject({
      decision: 'hold',
      reason: expect.stringContaining('not clear yet'),
    })
    expect(judged(steps, tooLate).decision).toBe('rollback')
  })

  test('of all steps counts together', () => {
    const steps = [
      step(10, calls(10, 0, 200), calls(90, 0, 100)),
      step(50, calls(60, 0, 200), calls(60, 0, 100)),
    ]
    expect(judged(steps, baked).decision).toBe('rollback')
  })
})

/** Some hundred rollouts of each kind; ten thousand are `npm run judge`. Started at once, so that they share the machine's cores; awaited by the tests below. */
const simulated = (scenario: Scenario): Promise<Rollout[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./verdict-simulation.ts', import.meta.url), { workerData: scenario })
    worker.once('message', resolve).once('error', reject)
  })
const patience = 60_000

const errors = { kind: 'independent', runs: 250, requestsPerStep: 2000 } as const
const latencies = { kind: 'independent', requestsPerStep: 1000, canary: 0, stable: 0 } as const
// 5 of 1,000 callers send what no version can answer, so that whatever answers them seems to fail.
const sticky = { kind: 'sticky', runs: 150, requestsPerStep: 2000, callers: 1000, failing: 5 } as const
/** Three minutes of the ten that a step bakes by default. */
const lateBy = 0.3
const worse = { kind: 'independent', runs: 150, requestsPerStep: 3000, stable: 0.005 } as const

const alike = [
  ['fail on 0.5 % of their calls', simulated({ ...errors, canary: 0.005, stable: 0.005 })],
  ['fail on 5 % of their calls', simulated({ ...errors, canary: 0.05, stable: 0.05 })],
  ['take their time, by chance', simulated({ ...latencies, runs: 100, latency: 'spread' })],
  [
    'are slow once in twenty calls, right at the p95',
    simulated({ ...latencies, runs: 200, latency: 'cliff' }),
  ],
  [
    'fail on 5 % of their calls, counted up to three of ten minutes late',
    simulated({ ...errors, runs: 100, canary: 0.05, stable: 0.05, lateBy }),
  ],
] as const
const byCaller = simulated({ ...sticky, countedBy: 'caller' })
const byRequest = simulated({ ...sticky, countedBy: 'request' })
const failing = [
  ['20 times as often', 200, simulated({ ...worse, canary: 0.1 })],
  ['on every call', 12, simulated({ ...worse, canary: 1 })],
] as const

const late = [
  ['20 times as often', simulated({ ...worse, runs: 100, canary: 0.1, lateBy })],
  ['on every call', simulated({ ...worse, runs: 100, canary: 1, lateBy })],
] as const
const twiceAsSlow = simulated({ ...latencies, runs: 100, latency: 'spread', slowdown: 2 })

const shareOf = (rollouts: readonly Rollout[], ...ends: Rollout['end'][]) =>
  rollouts.filter(({ end }) => ends.includes(end)).length / rollouts.length

describe('a canary exactly as good as stable, simulated, looked at after every 20 requests', () => {
  describe.each(alike)('where both %s', (_, simulation) => {
    test(
      'is rolled back for harm in at most 1 % of rollouts',
      async () => {
        expect(shareOf(await simulation, 'harm')).toBeLessThanOrEqual(falseRollbackBound)
      },
      patience,
    )

    test(
      'is rolled back at all in at most 1 % of rollouts, where traffic is plenty',
      async () => {
        expect(shareOf(await simulation, 'harm', 'deadline')).toBeLessThanOrEqual(falseRollbackBound)
      },
      patience,
    )
  })

  test(
    'is rolled back for harm in at most 1 % where callers stay with their variant, since each counts once',
    async () => {
      expect(shareOf(await byCaller, 'harm')).toBeLessThanOrEqual(falseRollbackBound)
    },
    patience,
  )

  test(
    'would be rolled back in more than 5 % if each request of those callers counted',
    async () => {
      expect(shareOf(await byRequest, 'harm')).toBeGreaterThan(0.05)
    },
    patience,
  )
})

describe('a canary that is worse, simulated', () => {
  test.each(failing)(
    'by failing %s is rolled back for it within %i of its requests, in 99 % of rollouts',
    async (_, within, simulation) => {
      const rollouts = await simulation
      const inTime = rollouts.filter(({ end, canaryRequests }) => end === 'harm' && canaryRequests <= within)
      expect(inTime.length / rollouts.length).toBeGreaterThanOrEqual(0.99)
    },
    patience,
  )

  test.each(late)(
    'by failing %s is never promoted where outcomes are counted up to three of ten minutes late',
    async (_, simulation) => {
      expect(shareOf(await simulation, 'harm')).toBe(1)
    },
    patience,
  )

  test(
    'by being twice as slow, where half as much again is allowed, is promoted in at most 5 % of rollouts',
    async () => {
      expect(shareOf(await twiceAsSlow, 'promoted')).toBeLessThanOrEqual(0.05)
    },
    patience,
  )
})
