import { z } from 'zod'
import type { CapturePlan } from '../capture/capture-plan.ts'
import { Problem, shown } from '../problem.ts'
import type { Field, Signature } from '../signature.ts'

/** What of live quality a canary can be held to: whatever has an interval and a better way. */
export const heldMetrics = ['accuracy', 'auc', 'brier', 'logLoss', 'mae', 'rmse'] as const
export type HeldMetric = (typeof heldMetrics)[number]

/** What the canary's live quality is held to, beside that of the stable version. */
export interface QualityLimit {
  readonly metric: HeldMetric
  /** The first, where none is named. */
  readonly output?: string | undefined
  /** How much worse than stable the canary may be, in the unit of the metric. */
  readonly maxWorse: number
  /** Fewer answers of the canary, or of stable, that were told hold it. 0 holds none. */
  readonly minFeedback: number
}

/** `release.limits.quality` of a manifest. */
export const qualityLimitSchema = z
  .strictObject({
    metric: z
      .enum(heldMetrics)
      .describe(
        'What both are measured by, of accuracy and auc the higher, of the others the lower is better.',
      ),
    output: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('Of which output, where there are several. The first.'),
    maxWorse: z
      .number()
      .min(0)
      .default(0)
      .describe('How much worse than stable the canary may be, in the unit of the metric.'),
    minFeedback: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe(
        'With fewer answers of either that were told, the canary waits, and goes back at the deadline of its rollout. 0: what nobody has told holds nothing.',
      ),
  })
  .describe(
    'Feedback on calls since the rollout began: a canary that is worse than stable beyond doubt, and by more than this, is taken back.',
  )

/**
 * What a canary is to be held to must be there to be held to, and be recorded.
 * @param signature undefined where a container does not say what it gives
 * @throws Problem `manifest-invalid`
 */
export function refuseUnheldQuality(
  limit: QualityLimit | undefined,
  capture: Pick<CapturePlan, 'samplePercent' | 'mask' | 'hash'>,
  signature: Pick<Signature, 'outputs'> | undefined,
): void {
  if (limit === undefined) return
  const outputs = signature?.outputs ?? []
  const output = outputs.find(({ name }) => limit.output === undefined || name === limit.output)
  const fault = (key: 'metric' | 'output', found: string, allowed: string, sentence: string) =>
    new Problem('manifest-invalid', `release.limits.quality ${sentence}`, [
      { pointer: `/release/limits/quality/${key}`, found, allowed },
    ])
  if (output === undefined) {
    const names = outputs.map(({ name }) => name).join(', ') || 'nothing: write the signature'
    const found = limit.output ?? 'no signature'
    throw fault('output', found, names, `names ${shown(found)}, and the outputs are ${names}`)
  }
  const { name, type } = output
  if (capture.samplePercent === 0 || capture.mask.includes(name) || capture.hash.includes(name))
    throw fault(
      'output',
      name,
      'an output that capture records as it is',
      `holds '${name}' to feedback, and calls are joined to it only where they are recorded: set capture.samplePercent, and leave '${name}' out of mask and hash`,
    )
  const fitting = metricsOf(output)
  if (!fitting.includes(limit.metric))
    throw fault(
      'metric',
      limit.metric,
      fitting.join(', ') || 'none',
      `measures '${name}' by ${limit.metric}, and ${output.shape.length > 0 ? 'lists are held to nothing' : `of ${type} there is ${fitting.join(', ')}`}`,
    )
}

/** What an output can be measured by, as far as its type says: numbers may turn out to be probabilities, or classes. */
function metricsOf({ type, shape }: Pick<Field, 'type' | 'shape'>): readonly HeldMetric[] {
  if (shape.length > 0) return []
  if (type === 'string' || type === 'boolean') return ['accuracy']
  return type.startsWith('float') ? heldMetrics : ['accuracy', 'mae', 'rmse']
}
