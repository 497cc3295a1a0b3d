import { type Context, Hono } from 'hono'
import { maySee } from '../../lib/rules/access.ts'
import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import type { CalledPlatform } from '../../lib/rules/open-api.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import type { Sweep } from '../../lib/rules/reconcile.ts'
import { type RolloutControl, rolloutControls } from '../../lib/rules/rollout-control.ts'
import { newestFirst } from '../../lib/rules/version-range.ts'
import { refuseUnknown, refuseUnknownModel } from '../moves.ts'
import { operationOf } from '../operations.ts'
import type { ApiKeys, Ports } from '../ports.ts'
import { type Door, pathUnknown, problemAnswer } from '../problem-answer.ts'
import { approvalRoutes } from './approval-routes.ts'
import { modelDetails, modelSummary, versionDetails } from './descriptions.ts'
import { historyAnswer } from './histories.ts'
import { createKey, keyDetails, keyRequest, revokeKey } from './keys.ts'
import { modelOpenApi, versionOpenApi } from './open-api.ts'
import { requestPromotion, requestRetirement, requestRollback } from './requested-operations.ts'
import {
  bodyOf,
  promotionRequest,
  reasonRequest,
  reconciliationRequest,
  retirementRequest,
  rollbackRequest,
  skipRequest,
} from './requests.ts'
import { controlRollout, operationOfPath, refuseUnlessMoving } from './rollout-requests.ts'
import { verifiableModels, verifyModel } from './verification.ts'

export interface ControlProps {
  /** Where models are uploaded: the URL of a bucket or a folder. */
  readonly store: string
  readonly keys: ApiKeys
  /** How callers say who they are; undefined where nobody is asked. */
  readonly callers?: CalledPlatform['callers']
  /** Whether the gateway of AWS stands before it. */
  readonly deployed?: boolean
  /** Sweep now. @default - the sweeper is called elsewhere */
  readonly sweep?: (dryRun: boolean) => Promise<Sweep>
}

/** Everything but predictions: what there is, what happened, and the asking for moves. */
export function controlApp(
  ports: Ports,
  { store, keys, callers, deployed = false, sweep }: ControlProps,
): Hono<Door> {
  const { registry, clock } = ports
  const calledAt = ({ req }: Context<Door>): CalledPlatform => ({
    url: new URL(req.url).origin,
    deployed,
    ...(callers !== undefined && { callers }),
  })
  const app = new Hono<Door>({ getPath: (_, options) => options?.env?.path ?? '/' })

  app.get('/health', (context) => context.json({ status: 'ok', platform: ports.settings.platform, store }))

  app.get('/models', async (context) => {
    const names = (await registry.modelNames()).filter((name) => maySee(context.env.grants, name))
    return context.json({ models: await Promise.all(names.map((name) => modelSummary(registry, name))) })
  })

  app.get('/models/:model', async (context) => {
    return context.json(await modelDetails(registry, await knownModel(registry, context.req.param('model'))))
  })

  app.get('/models/:model/versions', async (context) => {
    const versions = await registry.versions(await knownModel(registry, context.req.param('model')))
    const sorted = versions.toSorted((a, b) => newestFirst(a.version, b.version))
    return context.json({ versions: sorted.map(versionDetails) })
  })

  app.get('/models/:model/versions/:version', async (context) => {
    const { model, version } = named(context.req.param())
    return context.json(versionDetails(refuseUnknown(model, version, await registry.version(model, version))))
  })

  app.get('/models/:model/versions/:version/openapi.json', async (context) => {
    const { model, version } = named(context.req.param())
    return context.json(await versionOpenApi(registry, model, version, calledAt(context)))
  })

  app.get('/models/:model/versions/:version/log', async (context) => {
    const { model, version } = named(context.req.param())
    const { endpoint } = refuseUnknown(model, version, await registry.version(model, version))
    const lines = endpoint === undefined ? [] : await ports.host.log(endpoint, context.req.query('after'))
    return context.json({ lines })
  })

  app.get('/models/:model/history', async (context) => {
    return historyAnswer(registry, await knownModel(registry, context.req.param('model')), context)
  })

  app.get('/models/:model/operations', async (context) => {
    return context.json({
      operations: await registry.operations(await knownModel(registry, context.req.param('model'))),
    })
  })

  app.get('/verification', async (context) => {
    const models = await verifiableModels(ports)
    return context.json({ models: models.filter((name) => maySee(context.env.grants, name)) })
  })

  app.get('/models/:model/verification', async (context) => {
    const model = parseModelName(context.req.param('model'))
    const verified = await verifyModel(ports, model)
    if (verified.rev === 0 && verified.holds) await knownModel(registry, model)
    return context.json(verified)
  })

  app.get('/operations/:id', async (context) => {
    const id = context.req.param('id')
    const operation = await operationOf(ports, id)
    // To those who may not see it, it is as if there were none.
    if (!maySee(context.env.grants, operation.model))
      throw new Problem('operation-unknown', `there is no operation ${shown(id)}`)
    return context.json(operation)
  })

  app.post('/models/:model/promotions', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await bodyOf(context.req.raw, promotionRequest)
    return accepted(await requestPromotion(ports, { ...asked, model, ...caller(context.env) }))
  })

  app.post('/models/:model/rollbacks', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await bodyOf(context.req.raw, rollbackRequest)
    return accepted(await requestRollback(ports, { ...asked, model, ...caller(context.env) }))
  })

  app.post('/models/:model/retirements', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await bodyOf(context.req.raw, retirementRequest)
    return accepted(await requestRetirement(ports, { ...asked, model, ...caller(context.env) }))
  })

  app.get('/keys', async (context) => {
    const now = clock.now()
    return context.json({ keys: (await keys.list()).map((key) => keyDetails(key, now)) })
  })

  app.post('/keys', async (context) => {
    const asked = await bodyOf(context.req.raw, keyRequest)
    const made = await createKey({ keys, clock }, asked, context.env.actor)
    return context.json(made, 201, { 'Cache-Control': 'no-store', Location: `/keys/${made.id}` })
  })

  app.delete('/keys/:id', async (context) =>
    context.json(await revokeKey({ keys, clock }, context.req.param('id'), context.env.actor)),
  )

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

  app.get('/models/:model/openapi.json', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    return context.json(await modelOpenApi(registry, model, calledAt(context)))
  })

  app.post('/reconciliations', async (context) => {
    const { dryRun } = await bodyOf(context.req.raw, reconciliationRequest)
    if (sweep === undefined)
      throw new Problem(
        'sweep-elsewhere',
        'the sweeper of this platform is the function of its construct Sweeper, which runs every 15 minutes; ' +
          `call it with: aws lambda invoke --function-name NAME --cli-binary-format raw-in-base64-out --payload '{"dryRun":${dryRun}}' /dev/stdout`,
      )
    return context.json(await sweep(dryRun))
  })

  approvalRoutes(app, ports)

  app.notFound((context) => problemAnswer(pathUnknown(context.req.method, context.env.path), context))
  app.onError(problemAnswer)
  return app
}

function named({ model, version }: { readonly model: string; readonly version: string }) {
  return { model: parseModelName(model), version: parseVersion(version) }
}

async function knownModel(registry: Ports['registry'], name: string): Promise<string> {
  const model = parseModelName(name)
  // Only a model that nothing was ready of yet has no record: to read all versions of every other would be for nothing.
  if ((await registry.model(model)) === undefined) await refuseUnknownModel(registry, model)
  return model
}

function caller({ actor, grants }: Door['Bindings']) {
  return { actor, grants }
}

function accepted(operation: { readonly id: string }): Response {
  return Response.json(operation, { status: 202, headers: { Location: `/operations/${operation.id}` } })
}
