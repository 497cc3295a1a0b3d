import { z } from 'zod'
import { requestIdTime } from '../request-id.ts'

/** So many rows one request may tell. */
export const mostFeedback = 10_000
const longestText = 1000

const actual = z
  .union([z.number(), z.boolean(), z.string().max(longestText)])
  .describe('What it turned out to be: a number, a class, or whether it was so.')

const row = z.strictObject({
  requestId: z.string().min(1).max(200).describe('The X-Request-Id of the answer.'),
  row: z.int().min(0).default(0).describe('Which record of the request, from 0.'),
  output: z.string().min(1).max(128).optional().describe('Which output, where there are several. The first.'),
  actual,
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('When the call was, where the request id is one of your own: it is found sooner.'),
})

/** `POST /models/{model}/feedback`: one row, a list of them, or `{"feedback": […]}`. */
export const feedbackRequest = z.union([
  row,
  z.array(row).min(1).max(mostFeedback),
  z.strictObject({ feedback: z.array(row).min(1).max(mostFeedback) }),
])

export type FeedbackRow = z.output<typeof row>

export function rowsOf(asked: z.output<typeof feedbackRequest>): readonly FeedbackRow[] {
  if (Array.isArray(asked)) return asked
  return 'feedback' in asked ? asked.feedback : [asked]
}

/** Rows that were told at once, as they are kept until they are joined. */
export interface FeedbackBatch {
  /** When they were told: RFC 3339, UTC. */
  readonly at: string
  readonly by: string
  readonly rows: readonly FeedbackRow[]
}

const minuteMs = 60_000
/** Clocks of two machines differ, and a call may take its time. */
const slackMs = 15 * minuteMs

/** Where a call may lie that a row tells of: from one moment to another, in milliseconds since the epoch. */
export interface Range {
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * Where to look for the call of a row.
 * @param toldMs when the row was told: its call came before @param sinceMs nothing is kept of before
 */
export function rangeOf({ requestId, at }: FeedbackRow, toldMs: number, sinceMs: number): Range {
  const known = at === undefined ? requestIdTime(requestId) : Date.parse(at)
  const all = { fromMs: sinceMs, untilMs: toldMs + slackMs }
  // An id may look like one of ours and be somebody's own: one from another age tells nothing.
  if (known === undefined || known > toldMs + slackMs) return all
  return { fromMs: Math.max(sinceMs, known - slackMs), untilMs: Math.min(all.untilMs, known + slackMs) }
}
