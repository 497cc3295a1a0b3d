import type { Hono } from 'hono'
import { parseVersion } from '../../lib/rules/names.ts'
import { driftOf } from '../monitoring/drift-view.ts'
import { renewSecret } from '../monitoring/hook-secrets.ts'
import { refuseUnknown } from '../moves.ts'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { knownModel } from './asked.ts'

/** What became of the world since a model was trained, and the secret of those who are told of it. */
export function driftRoutes(app: Hono<Door>, ports: Ports): void {
  const { registry } = ports

  app.get('/models/:model/drift', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = context.req.query('version')
    const only = asked === undefined ? undefined : parseVersion(asked)
    if (only !== undefined) refuseUnknown(model, only, await registry.version(model, only))
    return context.json(await driftOf(ports, model, only))
  })

  app.post('/models/:model/webhook-secret', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const { secret, madeAt, former } = await renewSecret(ports, model)
    context.header('cache-control', 'no-store')
    return context.json({
      ...{ model, secret, madeAt },
      ...(former !== undefined && { formerSignsUntil: former.until }),
    })
  })
}
