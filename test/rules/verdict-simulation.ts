import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { latencyBucket } from '../../lib/rules/latency-histogram.ts'
import { defaultLimits } from '../../lib/rules/rollout.ts'
import { judge, type VariantCounts } from '../../lib/rules/verdict.ts'

/**
 * Rollouts, simulated in a thread of their own: a jest realm is twenty times slower at arithmetic. The seeds are
 * fixed, so the figures are the same in every run. Time is counted in requests.
 */
export type Scenario = Independent | Sticky

interface Plan {
  readonly runs: number
  /** The bake time of each of the two steps. */
  readonly requestsPerStep: number
  /** Each outcome is counted up to this share of a step's bake time after it came about; at once unless told. */
  readonly lateBy?: number
}

/** Requests of nobody in particular: each fails by chance, and takes its time by chance. */
export interface Independent extends Plan {
  readonly kind: 'independent'
  /** The share of the calls that fail. */
  readonly canary: number
  readonly stable: number
  /** `spread`: log-normal around 50 ms, most within half and double. `cliff`: 50 ms, and 500 ms once in twenty calls. */
  readonly latency?: 'spread' | 'cliff'
  /** How many times the latency of stable the canary's is; 1 unless told otherwise. */
  readonly slowdown?: number
  /** What both need fails now and then: a burst begins at so many requests of 10,000, and so many follow each other in it. */
  readonly bursts?: { readonly per10000: number; readonly requests: number; readonly failing: number }
  /** Whose outcomes are never counted: the counters lost them, or nobody called. */
  readonly silent?: 'both' | 'canary'
}

/** Callers that stay with their variant, some busier than others by Zipf's law; a few fail on whatever answers. */
export interface Sticky extends Plan {
  readonly kind: 'sticky'
  readonly callers: number
  readonly failing: number
  readonly countedBy: 'caller' | 'request'
}

export interface Rollout {
  /** `harm`: rolled back for what was seen; `deadline`: for what was not clear by then. */
  readonly end: 'promoted' | 'harm' | 'deadline'
  /** Requests that the canary answered. */
  readonly canaryRequests: number
}

type Counting = { -readonly [key in keyof VariantCounts]: VariantCounts[key] } & {
  latency: Record<number, number>
}
interface Step {
  readonly index: number
  readonly weightPercent: number
  readonly canary: Counting
  readonly stable: Counting
}

/** One request: counts itself in the step. Tells whether the canary answered. */
type Traffic = (step: Step) => boolean

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const [usual, slow] = [latencyBucket(50), latencyBucket(500)]
const counting = (): Counting => ({ requests: 0, errors: 0, callers: 0, failedCallers: 0, latency: {} })

/** A canary of 10 and then 50 %, looked at after every 20 requests. */
function rollOut(traffic: Traffic, requestsPerStep: number): Rollout {
  const steps: Step[] = []
  const deadline = 4 * 2 * requestsPerStep // four times the bake time, as `rolloutDeadline` has it
  let [now, canaryRequests] = [0, 0]
  for (const weightPercent of [10, 50]) {
    const present = { index: steps.length, weightPercent, canary: counting(), stable: counting() }
    steps.push(present)
    const bakeEndsAt = now + requestsPerStep
    for (let decision = 'hold'; decision !== 'advance'; ) {
      for (let i = 0; i < 20; i += 1, now += 1) if (traffic(present)) canaryRequests += 1
      const verdict = judge({ steps, limits: defaultLimits, now, bakeEndsAt, deadline })
      decision = verdict.decision
      if (decision === 'rollback')
        return { end: verdict.reason.startsWith('no verdict') ? 'deadline' : 'harm', canaryRequests }
    }
  }
  return { end: 'promoted', canaryRequests }
}

/** Traffic whose outcomes are counted later, each by a time of its own, for the step in which they came about. */
function late(traffic: Traffic, latestRequests: number, random: () => number): Traffic {
  const under: { readonly due: number; readonly step: Step; readonly counted: Step }[] = []
  let now = 0
  return (step) => {
    const counted = { ...step, canary: counting(), stable: counting() }
    const byCanary = traffic(counted)
    under.push({ due: now + random() * latestRequests, step, counted })
    now += 1
    for (const outcome of under.filter(({ due }) => due <= now)) {
      under.splice(under.indexOf(outcome), 1)
      for (const variant of ['canary', 'stable'] as const)
        add(outcome.step[variant], outcome.counted[variant])
    }
    return byCanary
  }
}

function add(counts: Counting, { latency, ...more }: Counting): void {
  for (const key of ['requests', 'errors', 'callers', 'failedCallers'] as const) counts[key] += more[key]
  for (const [bucket, count] of Object.entries(latency))
    counts.latency[Number(bucket)] = (counts.latency[Number(bucket)] ?? 0) + count
}

function countLatency({ latency }: Counting, bucket = usual): void {
  latency[bucket] = (latency[bucket] ?? 0) + 1
}

function bucketOf(random: () => number, kind: Independent['latency'], slowdown: number): number {
  if (kind === undefined) return usual
  if (kind === 'cliff') return random() < 0.05 ? slow : usual
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return latencyBucket(50 * slowdown * Math.exp(0.5 * normal))
}

function independent(random: () => number, scenario: Independent): Traffic {
  const { bursts } = scenario
  let burstLeft = 0
  return (step) => {
    if (bursts !== undefined) {
      if (burstLeft > 0) burstLeft -= 1
      else if (random() * 10_000 < bursts.per10000) burstLeft = bursts.requests
    }
    const rate = (own: number) => (bursts !== undefined && burstLeft > 0 ? bursts.failing : own)
    const variant = random() * 100 < step.weightPercent ? 'canary' : 'stable'
    if (scenario.silent === 'both' || scenario.silent === variant) return variant === 'canary'
    const counts = step[variant]
    counts.requests += 1
    if (random() < rate(scenario[variant])) counts.errors += 1
    const slowdown = variant === 'canary' ? (scenario.slowdown ?? 1) : 1
    countLatency(counts, bucketOf(random, scenario.latency, slowdown))
    return variant === 'canary'
  }
}

function sticky(random: () => number, { callers, failing, countedBy }: Sticky, upTo: Float64Array): Traffic {
  const draws = Array.from({ length: callers }, () => random() * 100)
  const bad = new Set<number>()
  while (bad.size < failing) bad.add(Math.floor(random() * callers))
  const seen = new Set<number>()
  const failed = new Set<number>()
  return (step) => {
    const caller = firstAbove(upTo, random())
    const variant = (draws[caller] ?? 0) < step.weightPercent ? 'canary' : 'stable'
    const counts = step[variant]
    countLatency(counts)
    if (countedBy === 'request') {
      counts.requests += 1
      if (bad.has(caller)) counts.errors += 1
      return variant === 'canary'
    }
    // Each caller is one observation in a step, with its first error in the rollout.
    const inThisStep = step.index * callers + caller
    if (!seen.has(inThisStep)) counts.callers += 1
    seen.add(inThisStep)
    if (bad.has(caller) && !failed.has(caller)) counts.failedCallers += 1
    if (bad.has(caller)) failed.add(caller)
    return variant === 'canary'
  }
}

/** Shares of the traffic by Zipf's law, summed up. */
function zipf(callers: number): Float64Array {
  const shares = Float64Array.from({ length: callers }, (_, i) => 1 / (i + 1) ** 1.1)
  const whole = shares.reduce((sum, share) => sum + share, 0)
  let sum = 0
  return shares.map((share) => {
    sum += share / whole
    return sum
  })
}

function firstAbove(upTo: Float64Array, draw: number): number {
  let [low, high] = [0, upTo.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((upTo[middle] ?? 1) < draw) low = middle + 1
    else high = middle
  }
  return low
}

/** @param first the number of the first run, where several threads share the runs: each has the seed of its number */
export function simulate(scenario: Scenario, first = 0): Rollout[] {
  const upTo = zipf(scenario.kind === 'sticky' ? scenario.callers : 1)
  return Array.from({ length: scenario.runs }, (_, i) => {
    const random = mulberry32((first + i) * 7919 + 1)
    const traffic =
      scenario.kind === 'sticky' ? sticky(random, scenario, upTo) : independent(random, scenario)
    const { requestsPerStep, lateBy } = scenario
    const counted = lateBy === undefined ? traffic : late(traffic, lateBy * requestsPerStep, random)
    return rollOut(counted, requestsPerStep)
  })
}

if (!isMainThread) {
  const { first, ...scenario } = workerData as Scenario & { readonly first?: number }
  parentPort?.postMessage(simulate(scenario, first))
}
