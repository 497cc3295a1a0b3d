import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { toleranceField } from '../../lib/rules/comparison/replay-schema.ts'
import { liveAlias, parseMovableAlias, parseVersion } from '../../lib/rules/names.ts'
import { keptShadows } from '../comparison/kept-shadows.ts'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { caller, knownModel, ofAlias, readRequest } from './asked.ts'
import { reason } from './requests.ts'
import { castShadowOf, liftShadowOf } from './shadow-requests.ts'

/** `POST …/shadows`; where the path names an alias, the body needs none. */
const shadowRequest = z.strictObject({
  alias: z.string().optional(),
  version: z.string(),
  samplePercent: z.number().positive().max(100).default(10),
  tolerance: toleranceField,
  reason,
  dryRun: z.boolean().optional(),
})

/** `DELETE …/shadows/{alias}`. */
const liftRequest = z.strictObject({ reason, dryRun: z.boolean().optional() })

interface Named {
  readonly model: string
  readonly alias?: string
}

/** Versions that answer in the shadow of an alias, and what was found of them. */
export function shadowRoutes(app: Hono<Door>, ports: Ports): void {
  const { registry } = ports

  const cast = async (context: Context<Door>, { model: name, alias: inPath }: Named) => {
    const model = await knownModel(registry, name)
    const body = await readRequest(context, shadowRequest)
    const asked = inPath === undefined ? body : ofAlias(body, inPath)
    const named = { version: parseVersion(asked.version), alias: parseMovableAlias(asked.alias ?? liveAlias) }
    const answer = await castShadowOf(ports, { ...asked, ...named, model, ...caller(context) })
    return context.json(answer, 'dryRun' in answer ? 200 : 201)
  }
  app.post('/models/:model/shadows', (context) => cast(context, context.req.param()))
  app.post('/models/:model/aliases/:alias/shadows', (context) => cast(context, context.req.param()))

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
