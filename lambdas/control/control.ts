import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { maySee } from '../../lib/rules/access.ts'
import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { newestFirst } from '../../lib/rules/version-range.ts'
import { refuseUnknown, refuseUnknownModel } from '../moves.ts'
import { operationOf } from '../operations.ts'
import type { ApiKeys, Ports } from '../ports.ts'
import { type Door, pathUnknown, problemAnswer } from '../problem-answer.ts'
import { deprecate, undoDeprecation } from './deprecations.ts'
import { modelDetails, modelSummary, servedAt, versionDetails } from './descriptions.ts'
import { type DryRun, isDryRun } from './dry-run.ts'
import { createKey, keyDetails, keyRequest, revokeKey } from './keys.ts'
import { openApiDocument } from './open-api.ts'
import { requestPromotion, requestRetirement, requestRollback } from './requested-operations.ts'
import {
  bodyOf,
  deprecationRequest,
  promotionRequest,
  retirementRequest,
  rollbackRequest,
  undoRequest,
} from './requests.ts'
import { verifiableModels, verifyModel } from './verification.ts'

export interface ControlProps {
  /** Where models are uploaded: the URL of a bucket or a folder. */
  readonly store: string
  readonly keys: ApiKeys
}

/** Everything but predictions: what there is, what happened, and the asking for moves. */
export function controlApp(ports: Ports, { store, keys }: ControlProps): Hono<Door> {
  const { registry, clock } = ports
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
    return context.json(
      openApiDocument(refuseUnknown(model, version, await registry.version(model, version))),
    )
  })

  app.get('/models/:model/versions/:version/log', async (context) => {
    const { model, version } = named(context.req.param())
    const { endpoint } = refuseUnknown(model, version, await registry.version(model, version))
    const lines = endpoint === undefined ? [] : await ports.host.log(endpoint, context.req.query('after'))
    return context.json({ lines })
  })

  app.get('/models/:model/history', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const entries = await registry.history(model)
    const at = context.req.query('at')
    return context.json(at === undefined ? { entries } : servedAt(entries, at))
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
    const asked = await readRequest(context, promotionRequest)
    return accepted(await requestPromotion(ports, { model, actor: context.env.actor, ...asked }))
  })

  app.post('/models/:model/rollbacks', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await readRequest(context, rollbackRequest)
    return accepted(await requestRollback(ports, { model, actor: context.env.actor, ...asked }))
  })

  app.post('/models/:model/retirements', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const asked = await readRequest(context, retirementRequest)
    return accepted(await requestRetirement(ports, { model, actor: context.env.actor, ...asked }))
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

  app.post('/models/:model/versions/:version/deprecation', async (context) => {
    const of = { ...named(context.req.param()), actor: context.env.actor }
    const asked = await readRequest(context, deprecationRequest)
    return context.json(await deprecate(ports, { ...of, ...asked }))
  })

  app.delete('/models/:model/versions/:version/deprecation', async (context) => {
    const of = { ...named(context.req.param()), actor: context.env.actor }
    const asked = await readRequest(context, undoRequest)
    return context.json(await undoDeprecation(ports, { ...of, ...asked }))
  })

  app.get('/models/:model/callers', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    return context.json({ callers: await ports.callers.of(model) })
  })

  app.get('/models/:model/versions/:version/callers', async (context) => {
    const { model, version } = named(context.req.param())
    refuseUnknown(model, version, await registry.version(model, version))
    const callers = await ports.callers.of(model)
    return context.json({ callers: callers.filter((one) => one.version === version) })
  })

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

/** The body of a request that changes something, and whether it is only to be tried. */
async function readRequest<Schema extends z.ZodType<{ readonly dryRun?: boolean | undefined }>>(
  { req }: Context<Door>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const asked = await bodyOf(req.raw, schema)
  return { ...asked, dryRun: isDryRun(asked.dryRun, req.query('dryRun')) }
}

function accepted(operation: { readonly id: string } | DryRun): Response {
  if ('dryRun' in operation) return Response.json(operation)
  return Response.json(operation, { status: 202, headers: { Location: `/operations/${operation.id}` } })
}
