/**
 * Latencies counted in logarithmic buckets: bucket i holds latencies up to `0.1 ms × 2^(i/4)`, so an edge is at most
 * 19 % above a value in it. 81 buckets reach 0.1 ms × 2^20, about 105 s; slower ones are counted in the last.
 */
export const latencyBuckets = 81

const firstEdgeMs = 0.1
const bucketsPerDoubling = 4

/** The bucket of a latency. */
export function latencyBucket(latencyMs: number): number {
  if (!(latencyMs > firstEdgeMs)) return 0
  return Math.min(Math.ceil(Math.log2(latencyMs / firstEdgeMs) * bucketsPerDoubling), latencyBuckets - 1)
}

/** The upper edge of a bucket, in milliseconds. */
export function bucketEdgeMs(bucket: number): number {
  return firstEdgeMs * 2 ** (bucket / bucketsPerDoubling)
}

/** How many of each bucket; absent buckets are empty. */
export type LatencyHistogram = Readonly<Record<number, number>>

/** The counts of several together. */
export function mergedHistogram(histograms: readonly LatencyHistogram[]): LatencyHistogram {
  const into: Record<number, number> = {}
  for (const histogram of histograms)
    for (const [bucket, count] of Object.entries(histogram))
      into[Number(bucket)] = (into[Number(bucket)] ?? 0) + count
  return into
}

export function countOf(histogram: LatencyHistogram): number {
  return Object.values(histogram).reduce((sum, count) => sum + count, 0)
}

/** The bucket that the given share of the latencies does not exceed; undefined where there are none. */
export function quantileBucket(histogram: LatencyHistogram, share: number): number | undefined {
  const total = countOf(histogram)
  let seen = 0
  for (let bucket = 0; bucket < latencyBuckets; bucket += 1) {
    seen += histogram[bucket] ?? 0
    if (total > 0 && seen >= share * total) return bucket
  }
  return undefined
}

/** How many latencies lie above a limit, counting a bucket only when all of it does. */
export function countAbove(histogram: LatencyHistogram, limitMs: number): number {
  return Object.entries(histogram)
    .filter(([bucket]) => lowerEdgeMs(Number(bucket)) >= limitMs)
    .reduce((sum, [, count]) => sum + count, 0)
}

function lowerEdgeMs(bucket: number): number {
  return bucket === 0 ? 0 : bucketEdgeMs(bucket - 1)
}
