import type { Hono } from 'hono'
import { callerName } from '../../lib/rules/calls.ts'
import { feedbackRequest, rowsOf } from '../../lib/rules/feedback/feedback.ts'
import { parseMoment } from '../../lib/rules/moment.ts'
import { liveQuality } from '../feedback/live-quality.ts'
import { takeFeedback } from '../feedback/take-feedback.ts'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { knownModel } from './asked.ts'
import { bodyOf } from './requests.ts'

/** The largest body of feedback, in bytes: 10,000 rows of a hundred each have a quarter of it. */
const largestFeedback = 4 << 20

/** What predictions turned out to be, and how good they were. */
export function feedbackRoutes(app: Hono<Door>, ports: Ports): void {
  app.post('/models/:model/feedback', async (context) => {
    const model = await knownModel(ports.registry, context.req.param('model'))
    const rows = rowsOf(await bodyOf(context.req.raw, feedbackRequest, largestFeedback))
    await takeFeedback(ports, { model, by: callerName(context.env.actor), rows })
    return context.json({ taken: rows.length }, 202)
  })

  app.get('/models/:model/quality', async (context) => {
    const model = await knownModel(ports.registry, context.req.param('model'))
    const since = context.req.query('since')
    return context.json(
      await liveQuality(ports, model, since === undefined ? undefined : parseMoment(since, 'since')),
    )
  })
}
