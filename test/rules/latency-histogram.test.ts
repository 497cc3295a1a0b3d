import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  bucketEdgeMs,
  countAbove,
  countOf,
  type LatencyHistogram,
  latencyBucket,
  latencyBuckets,
  quantileBucket,
} from '../../lib/rules/latency-histogram.ts'

function histogramOf(latencies: readonly number[]): LatencyHistogram {
  const histogram: Record<number, number> = {}
  for (const latency of latencies) {
    const bucket = latencyBucket(latency)
    histogram[bucket] = (histogram[bucket] ?? 0) + 1
  }
  return histogram
}

describe('the bucket of a latency', () => {
  test.each([
    [0, 0],
    [-1, 0],
    [Number.NaN, 0],
    [0.1, 0],
    [0.2, 4],
    [0.4, 8],
    [102.4, 40],
    [102.5, 41],
    [1e9, latencyBuckets - 1],
    [Number.POSITIVE_INFINITY, latencyBuckets - 1],
  ])('%d ms is %i', (latency, bucket) => {
    expect(latencyBucket(latency)).toBe(bucket)
  })

  test('has an edge not below the latency and at most 19 % above it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 88_000, noNaN: true }), (latency) => {
        const edge = bucketEdgeMs(latencyBucket(latency))
        expect(edge).toBeGreaterThanOrEqual(latency * (1 - 1e-12))
        expect(edge).toBeLessThanOrEqual(latency * 1.19)
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  test('reaches 0.1 ms × 2^20, about 105 s, before the last one counts all that is slower', () => {
    expect(bucketEdgeMs(latencyBuckets - 1)).toBeCloseTo(0.1 * 2 ** 20)
  })
})

describe('a histogram', () => {
  test.each([
    [[], 0.95, undefined],
    [[5], 0, 0],
    [[5], 0.95, latencyBucket(5)],
    [[...Array(95).fill(1), ...Array(5).fill(100)], 0.95, latencyBucket(1)],
    [[...Array(94).fill(1), ...Array(6).fill(100)], 0.95, latencyBucket(100)],
    [[1, 1000], 0.5, latencyBucket(1)],
    [[1, 1000], 1, latencyBucket(1000)],
    [[1e9], 0.95, latencyBuckets - 1],
  ])('of %j has the share %d in bucket %p', (latencies, share, bucket) => {
    expect(quantileBucket(histogramOf(latencies), share)).toBe(bucket)
  })

  test('counts what is in it', () => {
    expect(countOf({})).toBe(0)
    expect(countOf(histogramOf([1, 1, 2, 1000]))).toBe(4)
  })

  test.each([
    [0.2, 5],
    [10, 3],
    [100, 2], // 102 ms stands in the bucket from 86 to 102 ms, and not all of that lies above
    [102.4, 2], // 110 ms stands in the bucket from there on
    [102.5, 1],
    [1000, 1],
    [1e6, 0],
  ])('counts above %d ms: %i', (limit, count) => {
    expect(countAbove(histogramOf([0.05, 0.15, 1, 1, 102, 110, 5000]), limit)).toBe(count)
  })

  test('counts a bucket only when all of it lies above the limit', () => {
    const latency = fc.double({ min: 0, max: 1e5, noNaN: true })
    fc.assert(
      fc.property(fc.array(latency), fc.double({ min: 0.001, max: 1e5, noNaN: true }), (latencies, limit) => {
        const above = latencies.filter((each) => each > limit * (1 - 1e-9)).length
        expect(countAbove(histogramOf(latencies), limit)).toBeLessThanOrEqual(above)
      }),
      { seed: 1, numRuns: 1000 },
    )
  })
})
