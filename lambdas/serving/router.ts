import { type Context, Hono } from 'hono'
import { accepts } from 'hono/accepts'
import { newModel } from '../../lib/rules/alias-move.ts'
import { type AnswerType, answerTypes, writeAnswer } from '../../lib/rules/answer-body.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import { largestBody } from '../../lib/rules/host-limits.ts'
import { liveAlias, parseAlias, parseModelName } from '../../lib/rules/names.ts'
import { countsAsFailed } from '../../lib/rules/outcome.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { affinityDraw, type Route, type RouteTarget, route } from '../../lib/rules/routing.ts'
import { parseVersionSelector } from '../../lib/rules/version-range.ts'
import type { Outcome, Ports } from '../ports.ts'
import { type Door, pathUnknown, problemAnswer, requestIdOf } from '../problem-answer.ts'
import { type Prediction, predict, predictionsIn } from './predict.ts'
import { type ReadyVersion, readyVersion } from './ready-version.ts'
import type { RoutingRecords } from './recent-records.ts'

type RouterPorts = Pick<Ports, 'host' | 'metrics' | 'random' | 'clock'> & {
  readonly registry: RoutingRecords
}

/**
 * The hot path: an alias, a range or a version becomes one version, the request is held to its signature, its endpoint
 * answers, and while a rollout lasts the outcome is counted.
 */
export function routerApp(ports: RouterPorts): Hono<Door> {
  const app = new Hono<Door>({ getPath: (_, options) => options?.env?.path ?? '/' })
  const serve = (target: (context: Context<Door>) => RouteTarget) => async (context: Context<Door>) =>
    answer(ports, context, parseModelName(context.req.param('model') ?? ''), target(context))
  app.post(
    '/models/:model/invocations',
    serve(() => ({ alias: liveAlias })),
  )
  app.post(
    '/models/:model/aliases/:alias/invocations',
    serve((context) => ({ alias: parseAlias(context.req.param('alias') ?? '') })),
  )
  app.post(
    '/models/:model/versions/:version/invocations',
    serve((context) => parseVersionSelector(context.req.param('version') ?? '')),
  )
  app.notFound((context) => problemAnswer(pathUnknown(context.req.method, context.env.path), context))
  app.onError(problemAnswer)
  return app
}

function tooLarge(): Problem {
  return new Problem('body-too-large', `a body may have at most ${largestBody} bytes`)
}

async function answer(
  ports: RouterPorts,
  context: Context<Door>,
  model: string,
  target: RouteTarget,
): Promise<Response> {
  const started = performance.now()
  const record = (await ports.registry.model(model)) ?? newModel(model)
  const affinity = context.req.header('model-affinity')
  const draw = affinity === undefined ? ports.random.draw() : affinityDraw(record, target, affinity)
  if (record.rev === 0 && !('exact' in target)) await refuseUnknownModel(ports, model)
  const chosen = route(record, target, draw)
  const version = readyVersion(model, chosen.version, await ports.registry.version(model, chosen.version))
  const headers = answerHeaders(context, version, chosen)
  const asked = performance.now()
  let failure: Problem | undefined
  let prediction: Prediction | undefined
  try {
    prediction = await predict(ports, version, {
      contentType: context.req.header('content-type'),
      body: await bodyOf(context),
    })
    return written(context, version, prediction, headers, started)
  } catch (error) {
    failure = isProblem(error) ? error : new Problem('platform-fault', 'the platform failed on this request')
    const refused = problemAnswer(error, context)
    const timing = { 'Server-Timing': serverTiming(started, performance.now() - asked) }
    for (const [name, value] of Object.entries({ ...headers, ...timing })) refused.headers.set(name, value)
    return refused
  } finally {
    if (chosen.counted !== undefined)
      await count(ports, {
        ...chosen.counted,
        model: version.model,
        version: version.version,
        variant: chosen.variant,
        ...(affinity !== undefined && { caller: sha256Hex(affinity).slice(0, 32) }),
        failed: countsAsFailed(failure?.code),
        latencyMs: prediction?.latencyMs ?? performance.now() - asked,
      })
  }
}

async function refuseUnknownModel({ registry }: RouterPorts, model: string): Promise<void> {
  const versions = await registry.versions(model)
  if (versions.length === 0)
    throw new Problem(
      'model-unknown',
      `there is no model '${model}' here; sluice list shows the models there are`,
    )
}

function answerHeaders(context: Context<Door>, version: ReadyVersion, chosen: Route): Record<string, string> {
  return {
    'Model-Name': version.model,
    'Model-Version': version.version,
    'Model-Digest': version.digest,
    'Model-Variant': chosen.variant,
    'X-Request-Id': requestIdOf(context),
  }
}

function written(
  context: Context<Door>,
  version: ReadyVersion,
  { body, latencyMs }: Prediction,
  headers: Record<string, string>,
  started: number,
): Response {
  const type = acceptedType(context)
  const content = type === 'application/json' ? body : writeAnswer(predictionsIn(version, body), type)
  return context.body(content as string | Uint8Array<ArrayBuffer>, 200, {
    ...headers,
    'Content-Type': type,
    'Server-Timing': serverTiming(started, latencyMs),
  })
}

function serverTiming(started: number, modelMs: number): string {
  const router = Math.max(0, performance.now() - started - modelMs)
  return `router;dur=${router.toFixed(2)}, model;dur=${modelMs.toFixed(2)}`
}

/** A rollout may lose an outcome, and then judges by fewer; the caller does not lose the answer. */
async function count({ metrics }: RouterPorts, outcome: Outcome): Promise<void> {
  await metrics.count(outcome).catch((error: unknown) => console.error('an outcome was not counted', error))
}

function acceptedType(context: Context<Door>): AnswerType {
  const asked = context.req.header('accept')
  if (asked === undefined || asked === '*/*' || asked === 'application/json') return 'application/json'
  const type = accepts(context, { header: 'Accept', supports: [...answerTypes, '*/*'], default: 'none' })
  if (type === '*/*') return 'application/json'
  if (type === 'none') throw new Problem('not-acceptable', `the answer cannot be written as '${asked}'`)
  return type as AnswerType
}

/** The body, never more than the limit of it: a length that is told is held to, one that is not is counted. */
async function bodyOf(context: Context<Door>): Promise<Uint8Array> {
  const told = context.req.header('content-length')
  if (told !== undefined) {
    if (Number(told) > largestBody) throw tooLarge()
    return new Uint8Array(await context.req.arrayBuffer())
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of context.req.raw.body ?? []) {
    size += chunk.byteLength
    if (size > largestBody) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
