import type { Context, Hono } from 'hono'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { answerLink } from './approval-link.ts'
import {
  approvalRequest,
  type Decider,
  linkRequest,
  placeIn,
  requestApproval,
  requestLink,
  waitingApprovals,
} from './approvals.ts'
import { accepted, caller, knownModel, ofAlias, readRequest } from './asked.ts'
import { requestPromotion, requestRollback } from './requested-operations.ts'
import { bodyOf, promotionRequest, rollbackRequest } from './requests.ts'

/**
 * Where people decide, and where aliases stand in the path: IAM tells paths apart, and no bodies, so that a policy can
 * let somebody move `staging` and not `live`.
 */
export function approvalRoutes(app: Hono<Door>, ports: Ports): void {
  app.get('/approvals', async (context) =>
    context.json({ approvals: await waitingApprovals(ports, context.env.grants) }),
  )
  app.on(['GET', 'POST'], '/approvals/:id', (context) => answerLink(ports, context))

  app.post('/models/:model/aliases/:alias/promotions', async (context) => {
    const { model, alias } = await known(ports, context.req.param())
    const asked = ofAlias(await readRequest(context, promotionRequest), alias)
    return accepted(await requestPromotion(ports, { ...asked, model, ...caller(context) }))
  })
  app.post('/models/:model/aliases/:alias/rollbacks', async (context) => {
    const { model, alias } = await known(ports, context.req.param())
    const asked = ofAlias(await readRequest(context, rollbackRequest), alias)
    return accepted(await requestRollback(ports, { ...asked, model, ...caller(context) }))
  })

  const decide = async (context: Context<Door>, id: string, at?: Decider['at']) => {
    const asked = await bodyOf(context.req.raw, approvalRequest)
    return context.json(await requestApproval(ports, id, asked, { ...caller(context), ...(at && { at }) }))
  }
  const link = async (context: Context<Door>, id: string, at?: Decider['at']) => {
    const asked = await bodyOf(context.req.raw, linkRequest)
    const made = await requestLink(ports, id, asked, { ...caller(context), ...(at && { at }) })
    return context.json(made, 201, { 'Cache-Control': 'no-store' })
  }
  const place = '/models/:model/aliases/:alias/operations/:id/approval'
  app.post('/operations/:id/approval', (context) => decide(context, context.req.param('id')))
  app.post('/operations/:id/approval/links', (context) => link(context, context.req.param('id')))
  app.post(place, (context) => decide(context, context.req.param('id'), placeIn(context.req.param())))
  app.post(`${place}/links`, (context) =>
    link(context, context.req.param('id'), placeIn(context.req.param())),
  )
}

async function known({ registry }: Ports, asked: { readonly model: string; readonly alias: string }) {
  const place = placeIn(asked)
  await knownModel(registry, place.model)
  return place
}
