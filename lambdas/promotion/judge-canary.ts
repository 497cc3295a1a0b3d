import { looksPerExecution, type RolloutProgress } from '../../lib/rules/operation.ts'
import type { QualityLimit } from '../../lib/rules/quality/quality-limit.ts'
import { verdictWithQuality } from '../../lib/rules/quality-verdict.ts'
import { rolloutSteps } from '../../lib/rules/rollout.ts'
import { deadlineOf, verdictUnder } from '../../lib/rules/rollout-control.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { type Decision, judge, type StepCounts, type VariantCounts } from '../../lib/rules/verdict.ts'
import { rolloutQuality } from '../feedback/rollout-quality.ts'
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
    const [now, deadline] = [ports.clock.now(), deadlineOf(promotion)]
    const counted = judge({
      steps: await countsOf(ports, promotion, step),
      ...{ limits: rollout.limits, now, bakeEndsAt: rollout.bakeEndsAt, deadline },
    })
    const { limit, quality } = await qualityOf(ports, promotion, record)
    const judged =
      limit === undefined ? counted : verdictWithQuality(counted, limit, quality, now >= deadline)
    const verdict = verdictUnder(promotion, step, judged)
    await noteRollout(ports, id, { step, looks: rollout.looks + 1, verdict, ...(quality && { quality }) })
    // The step that may move tells what was asked of the rollout, too; it moves on only where the verdict says so.
    const status = verdict.decision === 'hold' && untold.length > 0 ? 'advance' : verdict.decision
    return { status, step, waitUntil }
  }

/** Feedback of a rollout of days fills many documents: it is read anew when the rollout has become a hundredth older. */
const agesBetween = 100

/** What feedback tells of the canary, where its limits ask; undefined where it cannot be read. */
async function qualityOf(
  ports: Pick<Ports, 'monitoring' | 'registry' | 'clock'>,
  { model, version, alias, rollout, startedAt }: Promotion,
  record: ModelRecord | undefined,
): Promise<{ readonly limit?: QualityLimit; readonly quality?: RolloutProgress['quality'] }> {
  const { limits, quality: before, beganAt: sinceMs = Date.parse(startedAt) } = rollout
  const [limit, stable] = [limits.quality, record?.aliases[alias]?.stable]
  if (limit === undefined || stable === undefined) return {}
  const at = ports.clock.now()
  if (before !== undefined && at - before.at < (at - sinceMs) / agesBetween) return { limit, quality: before }
  return rolloutQuality(ports, { model, canary: version, stable, limit, sinceMs }).then(
    (found) => ({ limit, quality: { ...found, at } }),
    () => ({ limit }),
  )
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
