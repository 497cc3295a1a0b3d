import { looksPerExecution } from '../../lib/rules/operation.ts'
import { rolloutSteps } from '../../lib/rules/rollout.ts'
import { deadlineOf, verdictUnder } from '../../lib/rules/rollout-control.ts'
import { type Decision, judge, type StepCounts, type VariantCounts } from '../../lib/rules/verdict.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { nextLook, noteRollout, type Promotion, promotionOf, standingOf } from './promotion.ts'

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
    const { rollout, alias, untold = [] } = promotion
    const record = await ports.registry.model(promotion.model)
    const step = record?.aliases[alias]?.canary?.step ?? rollout.step
    const waitUntil = nextLook(ports, rollout.bakeEndsAt)
    if (standingOf(promotion, record) !== 'baking') return { status: 'gone', step, waitUntil }
    if (rollout.looks >= looksPerExecution * (execution + 1)) return { status: 'continue', step, waitUntil }
    const judged = judge({
      steps: await countsOf(ports, promotion, step),
      limits: rollout.limits,
      now: ports.clock.now(),
      bakeEndsAt: rollout.bakeEndsAt,
      deadline: deadlineOf(promotion),
    })
    const verdict = verdictUnder(promotion, step, judged)
    await noteRollout(ports, id, { step, looks: rollout.looks + 1, verdict })
    // The step that may move tells what was asked of the rollout, too; it moves on only where the verdict says so.
    const status = verdict.decision === 'hold' && untold.length > 0 ? 'advance' : verdict.decision
    return { status, step, waitUntil }
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
