import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { newModel } from '../../lib/rules/alias-move.ts'
import { type AnswerType, answerTypes, writeAnswer } from '../../lib/rules/answer-body.ts'
import { callerName } from '../../lib/rules/calls.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import { liveAlias, parseAlias, parseModelName } from '../../lib/rules/names.ts'
import { countsAsFailed } from '../../lib/rules/outcome.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import type { InvocationPath } from '../../lib/rules/request-path.ts'
import { affinityDraw, type Route, type RouteTarget, route } from '../../lib/rules/routing.ts'
import { parseVersionSelector } from '../../lib/rules/version-range.ts'
import type { Shadows } from '../comparison/shadows.ts'
import type { CaptureStore } from '../monitoring-ports.ts'
import { refuseUnknownModel } from '../moves.ts'
import type { CallBook, Outcome, Ports, TrafficBook } from '../ports.ts'
import { asProblem, problemReply, type Reply, requestIdFrom } from '../problem-answer.ts'
import { askedTimeoutMs } from './asked-timeout.ts'
import { callRecorder } from './call-recorder.ts'
import { CallTrace } from './graph/call-trace.ts'
import type { NodeBook } from './graph/node-book.ts'
import { predict, predictionsIn } from './predict.ts'
import type { Prediction } from './prediction.ts'
import { type ReadyVersion, readyVersion } from './ready-version.ts'
import type { RoutingRecords } from './recent-records.ts'
import { shadowCaster } from './shadow-caster.ts'

export type RouterPorts = Pick<Ports, 'host' | 'metrics' | 'random' | 'clock'> & {
  readonly callers: Pick<CallBook, 'note'>
  readonly captures: Pick<CaptureStore, 'take'>
  readonly registry: RoutingRecords
  /** Keeps how the nodes of graphs do. @default nobody does */
  readonly nodes?: Pick<NodeBook, 'note'>
  /** @default - nobody answers in the shadow of another */
  readonly shadows?: Pick<Shadows, 'cast'>
  /** @default - calls are counted in another place */
  readonly traffic?: Pick<TrafficBook, 'note'>
}

/** A request for predictions, however it came. */
export interface Invocation {
  /** The whole path, checked. */
  readonly path: string
  readonly asked: InvocationPath
  /** Who asks, as the door knows it. */
  readonly caller: string
  /** @param name in small letters */
  header(name: string): string | undefined
  /** The body, read when it is asked for. @throws Problem `body-too-large` */
  body(): Promise<Uint8Array>
}

/**
 * The hot path: an alias, a range or a version becomes one version, the request is held to its signature, its endpoint
 * answers, and while a rollout lasts the outcome is counted. Never throws: a problem is an answer, too.
 */
export async function answerInvocation(ports: RouterPorts, request: Invocation): Promise<Reply> {
  const requestId = requestIdFrom(request.header('x-request-id'))
  try {
    return await answer(ports, request, requestId)
  } catch (error) {
    return problemReply(error, requestId, request.path)
  }
}

async function answer(ports: RouterPorts, request: Invocation, requestId: string): Promise<Reply> {
  const started = performance.now()
  const model = parseModelName(request.asked.model)
  const target = targetOf(request.asked)
  const record = (await ports.registry.model(model)) ?? newModel(model)
  const affinity = request.header('model-affinity')
  const draw = affinity === undefined ? ports.random.draw() : affinityDraw(record, target, affinity)
  if (record.rev === 0 && !('exact' in target)) await refuseUnknownModel(ports.registry, model)
  const chosen = route(record, target, draw)
  const version = readyVersion(model, chosen.version, await ports.registry.version(model, chosen.version))
  // On its way while the model answers: a function may be frozen the moment it has answered.
  noteCall(ports, request, version, target)
  const headers = answerHeaders(requestId, version, chosen, request.asked)
  const asked = performance.now()
  const recorder = callRecorder(ports, version)
  const shadow = shadowCaster(ports, record, target, chosen)
  const trace = version.graph === undefined ? undefined : graphTrace(ports, version)
  const traceparent = traceparentIn(request)
  if (traceparent !== undefined) headers['traceparent'] = traceparent
  let failure: Problem | undefined
  let prediction: Prediction | undefined
  try {
    const accept = request.header('accept')
    // What a server without a signature answers in is its own affair.
    const type = version.contract === undefined ? 'application/json' : acceptedType(accept)
    const timeoutMs = askedTimeoutMs(request.header('request-timeout'))
    refuseEncoded(request)
    refuseBusy(ports, version)
    prediction = await predict(ports, version, {
      contentType: request.header('content-type'),
      accept,
      body: await request.body(),
      how: {
        ...(timeoutMs !== undefined && { timeoutMs }),
        ...(traceparent !== undefined && { traceparent }),
        ...(trace !== undefined && { trace }),
      },
      ...((recorder ?? shadow) !== undefined && {
        onAsked: (heard) => {
          recorder?.onAsked(heard)
          shadow?.onAsked(heard)
        },
      }),
    })
    return written(version, prediction, type, { ...headers, ...fallbackOf(trace) }, { started, trace })
  } catch (error) {
    failure = asProblem(error)
    const refused = problemReply(error, requestId, request.path)
    const timing = { 'Server-Timing': serverTiming({ started, trace }, performance.now() - asked) }
    return { ...refused, headers: { ...refused.headers, ...headers, ...timing } }
  } finally {
    const latencyMs = prediction?.latencyMs ?? performance.now() - asked
    recorder?.take({ requestId, variant: chosen.variant, latencyMs }, prediction?.body, failure?.code)
    shadow?.cast({ requestId, latencyMs }, prediction?.body)
    ports.traffic?.note({
      ...{ model: version.model, version: version.version, variant: chosen.variant },
      ...{ problem: failure?.code, latencyMs },
    })
    if (chosen.counted !== undefined)
      await count(ports, {
        ...chosen.counted,
        model: version.model,
        version: version.version,
        variant: chosen.variant,
        ...(affinity !== undefined && { caller: sha256Hex(affinity).slice(0, 32) }),
        failed: countsAsFailed(failure?.code),
        latencyMs,
      })
  }
}

/** What of a graph's nodes is told, noted and counted. */
function graphTrace({ callers, nodes }: RouterPorts, { model, version }: ReadyVersion): CallTrace {
  const caller = callerName(`graph ${model} ${version}`)
  return new CallTrace((node, latencyMs, failed) => {
    callers.note({ model: node.model, version: node.version, caller, way: 'version' })
    nodes?.note({ model, version, at: node.step.at, failed, latencyMs })
  })
}

/** @returns how an answer says that a step of its graph took another choice than its first */
function fallbackOf(trace: CallTrace | undefined): Record<string, string> {
  const told = trace?.fallbacks
  return told === undefined ? {} : { 'Model-Fallback': told }
}

/** W3C's Trace Context: of another form it is none, and is left out. */
const shapeOfTrace = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

function traceparentIn(request: Invocation): string | undefined {
  const sent = request.header('traceparent')
  return sent !== undefined && shapeOfTrace.test(sent) ? sent : undefined
}

function targetOf({ of }: InvocationPath): RouteTarget {
  if (of === undefined) return { alias: liveAlias }
  return of.kind === 'aliases' ? { alias: parseAlias(of.name) } : parseVersionSelector(of.name)
}

/** @throws Problem `content-type-unknown` where the body was compressed: it would be taken for nonsense */
function refuseEncoded(request: Invocation): void {
  const encoding = request.header('content-encoding')
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    throw new Problem(
      'content-type-unknown',
      `the body is encoded as ${shown(encoding)}; allowed is a body as it is, without Content-Encoding`,
    )
}

/** What is too much is refused before its body is read: a refusal costs next to nothing. @throws Problem `model-busy` */
function refuseBusy({ host }: RouterPorts, { model, version, endpoint }: ReadyVersion): void {
  if (!host.hasRoom(endpoint))
    throw new Problem('model-busy', `${model} ${version} is asked for more than it can answer in time`)
}

function answerHeaders(
  requestId: string,
  { model, version, digest, notice }: ReadyVersion,
  { variant }: Route,
  { of }: InvocationPath,
): Record<string, string> {
  const headers = {
    'Model-Name': model,
    'Model-Version': version,
    'Model-Digest': digest,
    'Model-Variant': variant,
    'X-Request-Id': requestId,
  }
  if (notice === undefined) return headers
  return { ...headers, ...(of === undefined ? notice.model : notice.below) }
}

function noteCall(
  { callers }: RouterPorts,
  { caller }: Invocation,
  { model, version }: ReadyVersion,
  target: RouteTarget,
): void {
  const way = 'alias' in target ? 'alias' : 'range' in target ? 'range' : 'version'
  callers.note({ model, version, caller: callerName(caller), way })
}

/** A page that a server not of ours sends is shown by no browser as one of this place. */
const harmless = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox",
}

function written(
  version: ReadyVersion,
  { body, latencyMs, passedAs }: Prediction,
  type: AnswerType,
  headers: Record<string, string>,
  call: Call,
): Reply {
  const timed = { ...headers, 'Server-Timing': serverTiming(call, latencyMs) }
  if (passedAs !== undefined)
    return { status: 200, headers: { ...timed, ...harmless, 'Content-Type': passedAs }, body }
  return {
    status: 200,
    headers: { ...timed, 'Content-Type': type },
    body: type === 'application/json' ? body : writeAnswer(predictionsIn(version, body), type),
  }
}

interface Call {
  readonly started: number
  readonly trace: CallTrace | undefined
}

function serverTiming({ started, trace }: Call, modelMs: number): string {
  const router = Math.max(0, performance.now() - started - modelMs)
  const own = `router;dur=${router.toFixed(2)}, model;dur=${modelMs.toFixed(2)}`
  return trace === undefined ? own : [own, ...trace.timings].join(', ')
}

/** A rollout may lose an outcome, and then judges by fewer; the caller does not lose the answer. */
async function count({ metrics }: RouterPorts, outcome: Outcome): Promise<void> {
  await metrics.count(outcome).catch((error: unknown) => console.error('an outcome was not counted', error))
}

/** @throws Problem `not-acceptable` */
function acceptedType(asked: string | undefined): AnswerType {
  if (asked === undefined || asked === '*/*' || asked === 'application/json') return 'application/json'
  const context = { req: { header: () => asked } } as unknown as Context
  const type = accepts(context, { header: 'Accept', supports: [...answerTypes, '*/*'], default: 'none' })
  if (type === 'none')
    throw new Problem(
      'not-acceptable',
      `the answer cannot be written as ${shown(asked)}; allowed are ${answerTypes.join(', ')}`,
    )
  return type === '*/*' ? 'application/json' : (type as AnswerType)
}
