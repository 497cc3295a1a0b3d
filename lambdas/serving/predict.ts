import { textOf } from '../../lib/rules/body-text.ts'
import { refusalIn } from '../../lib/rules/container/server-refusal.ts'
import { checkRequestSize } from '../../lib/rules/host-limits.ts'
import { nestedRows, readNpy } from '../../lib/rules/npy.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { fromRows, type InputRecord, listed, type RequestRecords } from '../../lib/rules/request-records.ts'
import { withMend } from '../../lib/rules/server-log.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { readCsvRecords, readJsonBody, readJsonLineRecords } from '../../lib/rules/tabular-body.ts'
import type { EndpointAnswer, Ports } from '../ports.ts'
import { askEndpoint } from './ask-endpoint.ts'
import { type AskVersion, type GraphCall, predictByGraph } from './graph/predict-by-graph.ts'
import { passOn } from './pass-on.ts'
import type { Asking, Prediction, PredictionRequest } from './prediction.ts'
import { predictionTimeoutMs, type ReadyVersion } from './ready-version.ts'
import type { RoutingRecords } from './recent-records.ts'

/** What predicting needs of the world: of the registry only where a version is a graph. */
export type PredictPorts = Pick<Ports, 'host' | 'random'> & {
  readonly registry: Pick<RoutingRecords, 'version'>
}

/**
 * Parse a request, hold it to the version's signature, and ask the version's endpoint; without a signature, pass it on. Golden requests go the same
 * way, so that what is proven is what is served.
 * @throws Problem for whatever is wrong with the request, or `model-failed` and its kin
 */
export async function predict(
  ports: PredictPorts,
  version: Omit<ReadyVersion, 'digest'>,
  request: PredictionRequest,
): Promise<Prediction> {
  if (version.contract === undefined) return passOn(ports, version, request)
  const { signature, validate } = version.contract
  const records = validate(readRecords(request, signature))
  request.onAsked?.({ records, bodyBytes: request.body.byteLength })
  return predictRecords(ports, version, signature, records, request.how)
}

/** Ask a version with a signature for predictions of records that fit it. @throws Problem as `predict` */
export async function predictRecords(
  ports: PredictPorts,
  version: Omit<ReadyVersion, 'digest'>,
  signature: Signature,
  records: readonly InputRecord[],
  how: Asking = {},
): Promise<Prediction> {
  const { graph } = version
  if (graph !== undefined) return askGraph(ports, { ...version, graph }, signature, records, how)
  const columns = signature.inputs.map(({ name }) => [name, records.map((record) => record[name])])
  const body = JSON.stringify({ inputs: Object.fromEntries(columns) })
  checkRequestSize(body, version.host)
  const started = performance.now()
  const answer = await askEndpoint(ports.host, version.endpoint, {
    body,
    contentType: 'application/json',
    timeoutMs: timeoutOf(version, how),
    records: records.length,
    ...passedOn(how),
  })
  if (answer.status !== 200 || !looksLikeAnswer(answer.body)) throw refusal(version, answer)
  return { body: answer.body, latencyMs: performance.now() - started }
}

async function askGraph(
  ports: PredictPorts,
  version: GraphCall['version'],
  signature: Signature,
  records: readonly InputRecord[],
  how: Asking,
): Promise<Prediction> {
  const started = performance.now()
  const askVersion: AskVersion = async (node, ofNode, its, within) =>
    predictionsIn(node, (await predictRecords(ports, node, ofNode, its, within)).body)
  const timeoutMs = timeoutOf(version, how)
  const body = await predictByGraph({ ports, version, signature, how, timeoutMs, askVersion }, records)
  return { body, latencyMs: performance.now() - started }
}

/** What a host may hand on, or heed. */
function passedOn({ signal, traceparent }: Asking) {
  return { ...(signal !== undefined && { signal }), ...(traceparent !== undefined && { traceparent }) }
}

function timeoutOf(version: Pick<ReadyVersion, 'timeoutSeconds'>, { timeoutMs }: Asking): number {
  return Math.min(predictionTimeoutMs(version), timeoutMs ?? Number.POSITIVE_INFINITY)
}

/** Whether a body begins and ends as an answer does. It is not parsed for that: most answers are passed on as they are. */
function looksLikeAnswer(body: Uint8Array): boolean {
  const ends = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const [first, last] = [ends.subarray(0, 40).toString('latin1'), ends.subarray(-20).toString('latin1')]
  return /^\s*\{\s*"predictions"\s*:\s*\[/.test(first) && /\]\s*\}\s*$/.test(last)
}

/** The predictions of an answer. @throws Problem `model-failed` where it is none */
export function predictionsIn(version: Pick<ReadyVersion, 'model' | 'version'>, body: Uint8Array): unknown[] {
  try {
    return (JSON.parse(new TextDecoder().decode(body)) as { predictions: unknown[] }).predictions
  } catch {
    throw failed(version, new Uint8Array())
  }
}

function readRecords(
  { contentType = 'application/json', body }: PredictionRequest,
  signature: Signature,
): RequestRecords {
  const [type = ''] = contentType.toLowerCase().split(';')
  switch (type.trim()) {
    case 'application/json':
      return readJsonBody(textOf(body), signature)
    case 'text/csv':
      return readCsvRecords(textOf(body), signature)
    case 'application/jsonlines':
    case 'application/x-ndjson':
      return readJsonLineRecords(textOf(body), signature)
    case 'application/x-npy': {
      const rows = nestedRows(readNpy(body))
      const names = signature.inputs.map(({ name }) => name)
      return names.length === 1 ? listed(rows, '', signature) : fromRows(rows, names, '', signature)
    }
    default:
      throw new Problem(
        'content-type-unknown',
        `the body is ${shown(type)}; allowed are application/json, text/csv, application/jsonlines and application/x-npy`,
      )
  }
}

/** What no answer of a server comes to: one of ours refuses with 400 what its signature does not tell apart. */
function refusal(version: Omit<ReadyVersion, 'digest'>, { status, body }: EndpointAnswer): Problem {
  if (version.foreign)
    return refusalIn({ status, body }, `${version.model} ${version.version}`) ?? notAnAnswer(version)
  return failed(version, body, status === 400 ? 'request-invalid' : 'model-failed')
}

function notAnAnswer({ model, version }: Omit<ReadyVersion, 'digest'>): Problem {
  return new Problem(
    'model-failed',
    `${model} ${version} has a signature, and its server did not answer with {"predictions": […]}, one entry a record; without a signature its answers are passed on as they are`,
  )
}

/** The model's own words, where it has any; the server has taken paths out of them. */
function failed(
  { model, version }: { readonly model: string; readonly version: string },
  body: Uint8Array,
  code: 'model-failed' | 'request-invalid' = 'model-failed',
): Problem {
  let said = ''
  try {
    const { error } = JSON.parse(new TextDecoder().decode(body)) as { error?: unknown }
    if (typeof error === 'string') said = `: ${withMend(error)}`
  } catch {
    // Not one of our servers: it has said nothing that could be shown.
  }
  const does = code === 'model-failed' ? 'failed on' : 'refuses'
  return new Problem(code, `${model} ${version} ${does} this request${said}`)
}
