import type { Context, Hono } from 'hono'
import { type RolloutControl, rolloutControls } from '../../lib/rules/rollout-control.ts'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { bodyOf, reasonRequest, skipRequest } from './requests.ts'
import { controlRollout, operationOfPath, refuseUnlessMoving } from './rollout-requests.ts'

/** What people ask of a rollout that is under way. */
export function rolloutRoutes(app: Hono<Door>, ports: Ports): void {
  const controlled = async (context: Context<Door>) => {
    const { id = '', model, alias } = context.req.param() as Record<string, string>
    const control = context.env.path.split('/').at(-1) as RolloutControl
    const asked = await bodyOf(context.req.raw, control === 'skip' ? skipRequest : reasonRequest)
    const { actor, grants } = context.env
    const operation = await operationOfPath(ports, { id, model, alias })
    refuseUnlessMoving(grants, operation, actor)
    return context.json(await controlRollout(ports, control, id, { actor, ...asked }))
  }
  for (const control of rolloutControls) {
    app.post(`/operations/:id/${control}`, controlled)
    app.post(`/models/:model/aliases/:alias/operations/:id/${control}`, controlled)
  }
}
