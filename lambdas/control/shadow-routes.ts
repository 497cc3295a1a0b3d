import type { Hono } from 'hono'
import { z } from 'zod'
import { toleranceField } from '../../lib/rules/comparison/replay-schema.ts'
import { parseMovableAlias, parseVersion } from '../../lib/rules/names.ts'
import { keptShadows } from '../comparison/live-shadows.ts'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { caller, knownModel, readRequest } from './asked.ts'
import { reason } from './requests.ts'
import { castShadowOf, liftShadowOf } from './shadow-requests.ts'

/** `POST …/shadows`. */
export const shadowRequest = z.strictObject({
  alias: z.string().default('live'),
  version: z.string(),
  samplePercent: z.number().positive().max(100).default(10),
  tolerance: toleranceField,
  reason,
  dryRun: z.boolean().optional(),
})

/** `DELETE …/shadows/{alias}`. */
const liftRequest = z.strictObject({ reason, dryRun: z.boolean().optional() })

/** Versions that answer in the shadow of an alias, and what was found of them. */
export function shadowRoutes(app: Hono<Door>, ports: Ports): void {
  const { registry } = ports

  app.post('/models/:model/shadows', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await readRequest(context, shadowRequest)
    const named = { version: parseVersion(asked.version), alias: parseMovableAlias(asked.alias) }
    const answer = await castShadowOf(ports, { ...asked, ...named, model, ...caller(context) })
    return context.json(answer, 'dryRun' in answer ? 200 : 201)
  })

  app.delete('/models/:model/shadows/:alias', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const alias = parseMovableAlias(context.req.param('alias'))
    const asked = await readRequest(context, liftRequest)
    return context.json(await liftShadowOf(ports, { ...asked, model, alias, ...caller(context) }))
  })

  app.get('/models/:model/shadows', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    await ports.shadows?.flush()
    return context.json({ shadows: await keptShadows(ports, model) })
  })
}
