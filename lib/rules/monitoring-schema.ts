import { z } from 'zod'

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

export const driftSchema = z
  .strictObject({
    everyMinutes: z.int().min(1).max(43_200).default(60).describe('Minutes between two looks.'),
  })
  .describe('How often drift is computed.')
