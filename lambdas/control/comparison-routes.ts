import type { Hono } from 'hono'
import { z } from 'zod'
import { mostReplayed } from '../../lib/rules/comparison/replay-defaults.ts'
import { toleranceField } from '../../lib/rules/comparison/replay-schema.ts'
import { parseVersion } from '../../lib/rules/names.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { isComparisonId } from '../../lib/wiring/comparison-id.ts'
import { compareVersions } from '../comparison/compare-versions.ts'
import { comparisonIds, comparisonOf } from '../comparison/kept-comparisons.ts'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { knownModel } from './asked.ts'
import { bodyOf } from './requests.ts'

/** A gateway waits 30 s for an answer: what was compared by then is the answer. */
const longestMs = 20_000

/** `POST …/comparisons`. Who gives an id can look how far it is while it runs. */
export const comparisonRequest = z.strictObject({
  a: z.string(),
  b: z.string(),
  last: z.int().min(1).max(mostReplayed).default(1000),
  tolerance: toleranceField,
  id: z
    .string()
    .refine(isComparisonId, {
      error: 'an id such as 2026-03-01T10-00-00Z-k3x9: when it began, and what tells it apart',
    })
    .optional(),
})

/** Two versions asked the same, and what came of it. */
export function comparisonRoutes(app: Hono<Door>, ports: Ports): void {
  const { registry } = ports

  app.post('/models/:model/comparisons', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const { a, b, ...asked } = await bodyOf(context.req.raw, comparisonRequest)
    const versions = { a: parseVersion(a), b: parseVersion(b) }
    const by = context.env.actor
    return context.json(await compareVersions(ports, { ...asked, ...versions, model, by, forMs: longestMs }))
  })

  app.get('/models/:model/comparisons', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    return context.json({ comparisons: await comparisonIds(ports, model) })
  })

  app.get('/models/:model/comparisons/:id', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const id = context.req.param('id')
    const kept = isComparisonId(id) ? await comparisonOf(ports, model, id) : undefined
    if (kept === undefined)
      throw new Problem('comparison-unknown', `no comparison ${shown(id)} of ${model} is kept`)
    return context.json(kept)
  })
}
