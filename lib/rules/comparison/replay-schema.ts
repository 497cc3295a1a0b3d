import { z } from 'zod'
import { mostReplayed, usualAgreementPercent, usualTolerance } from './replay-defaults.ts'

export const toleranceField = z
  .number()
  .min(0)
  .default(usualTolerance)
  .describe(
    'How far a number with a fraction may be off, absolute up to 1 and relative above. Integers, texts and truth values must be the same.',
  )

/** `release.replay` of a manifest. */
export const replaySchema = z
  .strictObject({
    last: z
      .int()
      .min(0)
      .max(mostReplayed)
      .default(0)
      .describe('How many recorded requests, the newest first; 0 asks for none.'),
    minAgreementPercent: z
      .number()
      .min(0)
      .max(100)
      .default(usualAgreementPercent)
      .describe('The share of them that it must answer as the served version does.'),
    tolerance: toleranceField,
    minRows: z
      .int()
      .min(0)
      .max(mostReplayed)
      .default(0)
      .describe(
        'Fewer that could be compared refuse the promotion. 0: where nothing was recorded there is nothing to replay, and the version goes on to its rollout.',
      ),
  })
  .prefault({})
  .describe(
    'Recorded requests that the version and the one that the alias serves are asked before its first traffic. They must agree, or nothing moves.',
  )
