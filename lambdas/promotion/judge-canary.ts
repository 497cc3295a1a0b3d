import { looksPerExecution } from '../../lib/rules/operation.ts'
import { rolloutSteps } from '../../lib/rules/rollout.ts'
import { type Decision, judge, type StepCounts, type VariantCounts } from '../../lib/rules/verdict.ts'
import { note } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { nextLook, type Promotion, promotionOf, standingOf } from './promotion.ts'

interface Judged {
  readonly status: Decision | 'gone' | 'continue'
  /** The step that was judged. */
  readonly step: number
  readonly waitUntil: string
}

/** Look at the canary once: advance, hold or roll back, or note that it is not ours to judge any more. */
export const judgeCanary =
  (ports: Ports): Step<StepInput, Judged> =>
  async ({ operation: id, execution }) => {
    const promotion = await promotionOf(ports, id)
    const { rollout, deadline, alias } = promotion
    const record = await ports.registry.model(promotion.model)
    const step = record?.aliases[alias]?.canary?.step ?? rollout.step
    const waitUntil = nextLook(ports, rollout.bakeEndsAt)
    if (standingOf(promotion, record) !== 'baking') return { status: 'gone', step, waitUntil }
    if (rollout.looks >= looksPerExecution * (execution + 1)) return { status: 'continue', step, waitUntil }
    const verdict = judge({
      steps: await countsOf(ports, promotion, step),
      limits: rollout.limits,
      now: ports.clock.now(),
      bakeEndsAt: rollout.bakeEndsAt,
      deadline,
    })
    await note(ports, id, { rollout: { ...rollout, step, looks: rollout.looks + 1, verdict } })
    return { status: verdict.decision, step, waitUntil }
  }

const nothing: VariantCounts = { requests: 0, errors: 0, callers: 0, failedCallers: 0, latency: {} }

/** The counts of every step so far; undefined where they cannot be read: no verdict is drawn from what is unknown. */
async function countsOf(
  { metrics }: Ports,
  { id, rollout }: Promotion,
  present: number,
): Promise<StepCounts[] | undefined> {
  const counts = await metrics.counts(id).catch(() => undefined)
  return counts === undefined
    ? undefined
    : rolloutSteps(rollout.plan)
        .slice(0, present + 1)
        .map(({ weightPercent }, step) => ({
          weightPercent,
          ...(counts.get(step) ?? { canary: nothing, stable: nothing }),
        }))
}
