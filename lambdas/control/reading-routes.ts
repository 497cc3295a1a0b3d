import type { Context, Hono } from 'hono'
import { maySee } from '../../lib/rules/access.ts'
import { parseModelName } from '../../lib/rules/names.ts'
import type { CalledPlatform } from '../../lib/rules/open-api.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { newestFirst } from '../../lib/rules/version-range.ts'
import { refuseUnknown } from '../moves.ts'
import { operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { knownModel, named } from './asked.ts'
import { modelDetails, modelSummary, versionDetails } from './descriptions.ts'
import { historyAnswer } from './histories.ts'
import { modelOpenApi, versionOpenApi } from './open-api.ts'
import { verifiableModels, verifyModel } from './verification.ts'

/** What there is and what happened, to whoever may see it. @param calledAt how the platform is called, as OpenAPI tells it */
export function readingRoutes(
  app: Hono<Door>,
  ports: Ports,
  calledAt: (context: Context<Door>) => CalledPlatform,
): void {
  const { registry } = ports

  app.get('/models', async (context) => {
    const names = (await registry.modelNames()).filter((name) => maySee(context.env.grants, name))
    return context.json({ models: await Promise.all(names.map((name) => modelSummary(ports, name))) })
  })

  app.get('/models/:model', async (context) => {
    return context.json(await modelDetails(ports, await knownModel(registry, context.req.param('model'))))
  })

  app.get('/models/:model/versions', async (context) => {
    const versions = await registry.versions(await knownModel(registry, context.req.param('model')))
    const sorted = versions.toSorted((a, b) => newestFirst(a.version, b.version))
    return context.json({ versions: sorted.map((one) => versionDetails(one)) })
  })

  app.get('/models/:model/versions/:version', async (context) => {
    const { model, version } = named(context.req.param())
    const record = refuseUnknown(model, version, await registry.version(model, version))
    const nodes = record.graph === undefined ? undefined : await ports.nodes?.of(model, version)
    return context.json(versionDetails(record, nodes))
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

  app.get('/models/:model/openapi.json', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    return context.json(await modelOpenApi(registry, model, calledAt(context)))
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
}
