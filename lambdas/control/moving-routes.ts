import type { Hono } from 'hono'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { accepted, caller, knownModel, named, readRequest } from './asked.ts'
import { deprecate, undoDeprecation } from './deprecations.ts'
import { requestPromotion, requestRetirement, requestRollback } from './requested-operations.ts'
import {
  deprecationRequest,
  promotionRequest,
  retirementRequest,
  rollbackRequest,
  undoRequest,
} from './requests.ts'

/** What makes an alias move, or a version go; each may be tried dry. */
export function movingRoutes(app: Hono<Door>, ports: Ports): void {
  const { registry } = ports

  app.post('/models/:model/promotions', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await readRequest(context, promotionRequest)
    return accepted(await requestPromotion(ports, { ...asked, model, ...caller(context) }))
  })

  app.post('/models/:model/rollbacks', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await readRequest(context, rollbackRequest)
    return accepted(await requestRollback(ports, { ...asked, model, ...caller(context) }))
  })

  app.post('/models/:model/retirements', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await readRequest(context, retirementRequest)
    return accepted(await requestRetirement(ports, { ...asked, model, ...caller(context) }))
  })

  app.post('/models/:model/versions/:version/deprecation', async (context) => {
    const of = { ...named(context.req.param()), ...caller(context) }
    const asked = await readRequest(context, deprecationRequest)
    return context.json(await deprecate(ports, { ...of, ...asked }))
  })

  app.delete('/models/:model/versions/:version/deprecation', async (context) => {
    const of = { ...named(context.req.param()), ...caller(context) }
    const asked = await readRequest(context, undoRequest)
    return context.json(await undoDeprecation(ports, { ...of, ...asked }))
  })
}
