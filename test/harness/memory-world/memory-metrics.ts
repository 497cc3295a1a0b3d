import type { Metrics, Outcome } from '../../../lambdas/ports.ts'
import { latencyBucket } from '../../../lib/rules/latency-histogram.ts'
import type { StepCounts, VariantCounts } from '../../../lib/rules/verdict.ts'

type Counts = { -readonly [key in keyof VariantCounts]: VariantCounts[key] } & {
  latency: Record<number, number>
}

interface Rollout {
  readonly steps: Map<number, { readonly canary: Counts; readonly stable: Counts }>
  /** `{step} {caller}` of every caller seen. */
  readonly callers: Set<string>
  readonly failed: Set<string>
}

/** Counters of outcomes in memory, which end with their world. */
export class MemoryMetrics implements Metrics {
  readonly #rollouts = new Map<string, Rollout>()

  async count({ rollout: id, step, variant, caller, failed, latencyMs }: Outcome): Promise<void> {
    const rollout = this.#rollout(id)
    const counts = stepOf(rollout, step)[variant]
    const bucket = latencyBucket(latencyMs)
    if (!failed) counts.latency[bucket] = (counts.latency[bucket] ?? 0) + 1
    if (caller === undefined) {
      counts.requests += 1
      if (failed) counts.errors += 1
      return
    }
    const seen = `${step} ${caller}`
    if (!rollout.callers.has(seen)) counts.callers += 1
    rollout.callers.add(seen)
    if (failed && !rollout.failed.has(caller)) counts.failedCallers += 1
    if (failed) rollout.failed.add(caller)
  }

  async counts(id: string): Promise<ReadonlyMap<number, Pick<StepCounts, 'canary' | 'stable'>>> {
    return structuredClone(this.#rollout(id).steps)
  }

  #rollout(id: string): Rollout {
    const known = this.#rollouts.get(id)
    if (known !== undefined) return known
    const rollout: Rollout = { steps: new Map(), callers: new Set(), failed: new Set() }
    this.#rollouts.set(id, rollout)
    return rollout
  }
}

function stepOf({ steps }: Rollout, step: number): { canary: Counts; stable: Counts } {
  const known = steps.get(step)
  if (known !== undefined) return known
  const none = (): Counts => ({ requests: 0, errors: 0, callers: 0, failedCallers: 0, latency: {} })
  const made = { canary: none(), stable: none() }
  steps.set(step, made)
  return made
}
