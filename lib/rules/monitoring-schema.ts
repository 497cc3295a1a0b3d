import { z } from 'zod'
import { defaultPersistence, defaultThresholds } from './drift/thresholds.ts'
import { defaultLearnFrom } from './monitoring/drift-plan.ts'
import { hookUrlFault } from './monitoring/hook-url.ts'

const fieldNames = z.array(z.string().min(1).max(128)).max(1000).default([])

/** What a manifest may ask to be recorded. */
export const captureSchema = z
  .strictObject({
    samplePercent: z.number().min(0).max(100).default(0).describe('The share of calls that is recorded.'),
    mask: fieldNames.describe('Inputs and outputs that are left out of what is recorded.'),
    hash: fieldNames.describe(
      'Inputs and outputs of which a keyed hash is recorded: equal values stay equal, and nobody reads them.',
    ),
    retentionDays: z
      .int()
      .min(1)
      .max(3650)
      .default(30)
      .describe('For how many days what was recorded is kept.'),
  })
  .describe("Recorded requests and answers; off until asked: it stores people's data and costs money.")

const share = (from: number) => z.number().min(0).max(1).default(from)

const thresholds = z
  .strictObject({
    significance: z
      .number()
      .min(1e-12)
      .max(0.1)
      .default(defaultThresholds.significance)
      .describe('The chance that a look at steady columns finds any of them drifted, all together.'),
    kolmogorovSmirnov: share(defaultThresholds.kolmogorovSmirnov).describe(
      'Numbers, few rows: the largest difference of the cumulative shares.',
    ),
    wasserstein: z
      .number()
      .min(0)
      .default(defaultThresholds.wasserstein)
      .describe('Numbers, many rows: how far apart on average, in standard deviations of the baseline.'),
    jensenShannon: share(defaultThresholds.jensenShannon).describe(
      'Categories: the Jensen–Shannon distance.',
    ),
    missing: share(defaultThresholds.missing).describe('By how much the share of missing values differs.'),
    outOfRange: share(defaultThresholds.outOfRange).describe(
      'The share of rows beyond the least and the greatest number of the baseline.',
    ),
    newCategories: share(defaultThresholds.newCategories).describe(
      'The share of rows with categories that the baseline never had.',
    ),
    largeRows: z
      .int()
      .min(1)
      .default(defaultThresholds.largeRows)
      .describe('From so many rows on, on both sides, numbers are held to `wasserstein`.'),
  })
  .describe('From where on a difference matters. It must also be a real one: docs/drift.md.')

const hook = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    const fault = hookUrlFault(text)
    if (fault !== undefined)
      context.addIssue({ code: 'custom', message: `an https URL, or http to this machine: ${fault}` })
  })

const onDrift = z
  .strictObject({
    webhook: hook
      .optional()
      .describe('A URL that is told: CloudEvents, signed. https, or http to this machine.'),
    rollback: z
      .boolean()
      .default(false)
      .describe('Whether the aliases that serve the version return to what they served before.'),
    retrain: hook.optional().describe('A URL that is asked to train the model anew; told as a webhook is.'),
  })
  .describe('What is done when a breach is found: docs/drift.md.')

export const driftSchema = z
  .strictObject({
    everyMinutes: z.int().min(1).max(43_200).default(60).describe('Minutes between two looks.'),
    learnFrom: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(defaultLearnFrom)
      .describe('Without a baseline in the release, so many of the first recorded rows are one.'),
    minRows: z
      .int()
      .min(1)
      .default(defaultThresholds.minRows)
      .describe('With fewer rows a column is not judged.'),
    thresholds: thresholds.prefault({}),
    raiseAfter: z
      .int()
      .min(1)
      .max(1000)
      .default(defaultPersistence.raiseAfter)
      .describe('So many looks in a row must find a column drifted for a breach.'),
    clearAfter: z
      .int()
      .min(1)
      .max(1000)
      .default(defaultPersistence.clearAfter)
      .describe('So many looks in a row must find it steady for the breach to end.'),
    onDrift: onDrift.prefault({}),
  })
  .describe('How drift is looked for in what is recorded, and what is done about it.')
