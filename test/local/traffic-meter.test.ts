import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ProblemCode } from '../../lib/rules/problem.ts'
import type { Variant } from '../../lib/rules/routing.ts'
import { fateOf, rateSlices, sliceCount, sliceMs } from '../../lib/rules/traffic.ts'
import { TrafficMeter } from '../../local/traffic-meter.ts'

const start = Date.parse('2026-03-01T10:00:00Z')

/** A meter, and the hands of its clock. */
function meterAt(ms = start) {
  const clock = { at: ms, now: () => clock.at }
  return { clock, meter: new TrafficMeter(clock) }
}

const call = (version: string, problem?: ProblemCode, latencyMs = 1) => ({
  ...{ model: 'churn', version, variant: 'stable' as Variant, latencyMs },
  problem,
})

interface Call {
  readonly afterMs: number
  readonly model: string
  readonly version: string
  readonly variant: Variant
  readonly problem: ProblemCode | undefined
  readonly latencyMs: number
}

const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.nat(3000), fc.nat(40_000), fc.constant(700_000)),
    model: fc.constantFrom('churn', 'iris'),
    version: fc.constantFrom('1.0.0', '2.0.0'),
    variant: fc.constantFrom<Variant[]>('stable', 'canary'),
    problem: fc.constantFrom<(ProblemCode | undefined)[]>(undefined, 'request-invalid', 'model-failed'),
    latencyMs: fc.double({ min: 0, max: 5000, noNaN: true }),
  }),
  { maxLength: 80 },
)

describe('the traffic of the last ten minutes', () => {
  test('is that of counting every call anew', () => {
    fc.assert(
      fc.property(calls, fc.nat(700_000), (made, later) => {
        const { clock, meter } = meterAt()
        const noted = made.map(({ afterMs, ...one }) => {
          clock.at += afterMs
          meter.note(one)
          return { ...one, slice: Math.floor(clock.at / sliceMs) }
        })
        clock.at += later
        const last = Math.floor(clock.at / sliceMs)
        const within = noted.filter(({ slice }) => slice > last - sliceCount)
        const series = (of: typeof noted) =>
          Array.from(
            { length: sliceCount },
            (_, i) => of.filter(({ slice }) => slice === last - sliceCount + 1 + i).length,
          )
        const recent = meter.recent()
        expect(new Set(recent.map(({ model }) => model))).toEqual(new Set(within.map(({ model }) => model)))
        for (const { model, versions, ...traffic } of recent) {
          const ofModel = within.filter((one) => one.model === model)
          for (const { version, variant, ...told } of [
            { version: undefined, variant: undefined, ...traffic },
            ...versions,
          ]) {
            const mine = ofModel.filter(
              (one) => version === undefined || (one.version === version && one.variant === variant),
            )
            const lately = mine.filter(({ slice }) => slice > last - rateSlices)
            const failed = (of: typeof noted) => of.filter(({ problem }) => fateOf(problem) === 'failed')
            expect(told.calls).toEqual(series(mine))
            expect(told.failed).toEqual(series(failed(mine)))
            expect(told.refused).toEqual(series(mine.filter(({ problem }) => fateOf(problem) === 'refused')))
            const seconds = ((rateSlices - 1) * sliceMs + Math.max(clock.at % sliceMs, 1)) / 1000
            expect(told.callsPerSecond).toBeCloseTo(lately.length / seconds, 9)
            const share = lately.length === 0 ? undefined : (failed(lately).length * 100) / lately.length
            expect(told.failedPercent).toEqual(share)
            const latencies = lately
              .filter(({ problem }) => problem === undefined)
              .map(({ latencyMs }) => latencyMs)
              .toSorted((a, b) => a - b)
            const p95 = latencies[Math.ceil(latencies.length * 0.95) - 1]
            if (p95 === undefined) expect(told.p95Ms).toBeUndefined()
            else {
              expect(told.p95Ms).toBeGreaterThanOrEqual(p95 * 0.999999)
              expect(told.p95Ms).toBeLessThanOrEqual(Math.max(p95, 0.1) * 1.2)
            }
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('has the busiest model first', () => {
    const { meter } = meterAt()
    for (const model of ['a', 'b', 'b', 'c', 'c', 'c']) meter.note({ ...call('1.0.0'), model })
    expect(meter.recent().map(({ model }) => model)).toEqual(['c', 'b', 'a'])
  })

  test('forgets a version that nobody calls any more', () => {
    const { clock, meter } = meterAt()
    meter.note(call('1.0.0'))
    clock.at += sliceMs * (sliceCount - 1)
    expect(meter.recent()).toMatchObject([{ calls: expect.arrayContaining([1]), callsPerSecond: 0 }])
    clock.at += sliceMs
    expect(meter.recent()).toEqual([])
  })

  test('goes on counting when the clock was set back', () => {
    const { clock, meter } = meterAt()
    meter.note(call('1.0.0'))
    clock.at -= 3_600_000
    meter.note(call('1.0.0'))
    expect(meter.recent()[0]?.calls.at(-1)).toBe(2)
  })

  test('tells who was refused from who was failed', () => {
    const { meter } = meterAt()
    for (const problem of [
      undefined,
      'request-invalid',
      'model-busy',
      'model-failed',
      'model-timeout',
    ] as const)
      meter.note(call('1.0.0', problem))
    const [churn] = meter.recent()
    expect([churn?.calls.at(-1), churn?.refused.at(-1), churn?.failed.at(-1)]).toEqual([5, 2, 2])
  })
})
