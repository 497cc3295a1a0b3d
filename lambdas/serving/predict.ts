import { setTimeout as pause } from 'node:timers/promises'
import { textOf } from '../../lib/rules/body-text.ts'
import { checkRequestSize, longestPredictionSeconds } from '../../lib/rules/host-limits.ts'
import { nestedRows, readNpy } from '../../lib/rules/npy.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { fromRows, listed, type RequestRecords } from '../../lib/rules/request-records.ts'
import { secondTry } from '../../lib/rules/second-try.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { readCsvRecords, readJsonBody, readJsonLineRecords } from '../../lib/rules/tabular-body.ts'
import type { EndpointAnswer, EndpointRequest, Ports } from '../ports.ts'
import type { ReadyVersion } from './ready-version.ts'

export interface PredictionRequest {
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

export interface Prediction {
  /** `{"predictions": […]}`, one entry a record. */
  readonly body: Uint8Array
  /** What the endpoint took. */
  readonly latencyMs: number
}

/**
 * Parse a request, hold it to the version's signature, and ask the version's endpoint. Golden requests go the same
 * way, so that what is proven is what is served.
 * @throws Problem for whatever is wrong with the request, or `model-failed` and its kin
 */
export async function predict(
  { host }: Pick<Ports, 'host'>,
  version: Omit<ReadyVersion, 'digest'>,
  request: PredictionRequest,
): Promise<Prediction> {
  const records = version.validate(readRecords(request, version.signature))
  const columns = version.signature.inputs.map(({ name }) => [name, records.map((record) => record[name])])
  const body = JSON.stringify({ inputs: Object.fromEntries(columns) })
  checkRequestSize(body, version.host)
  const started = performance.now()
  const timeoutMs = Math.min(version.timeoutSeconds, longestPredictionSeconds) * 1000
  const answer = await ask(host, version.endpoint, {
    body,
    contentType: 'application/json',
    timeoutMs,
    records: records.length,
  })
  if (answer.status !== 200 || !looksLikeAnswer(answer.body)) throw failed(version, answer.body)
  return { body: answer.body, latencyMs: performance.now() - started }
}

/** Ask an endpoint, and once more where it was only starting: within the one deadline. */
async function ask(
  host: Ports['host'],
  endpoint: ReadyVersion['endpoint'],
  request: EndpointRequest,
): Promise<EndpointAnswer> {
  const since = performance.now()
  try {
    return await host.invoke(endpoint, request)
  } catch (error) {
    const again = secondTry(error, performance.now() - since, request.timeoutMs)
    if (again === undefined) throw error
    await pause(again.afterMs)
    return host.invoke(endpoint, { ...request, timeoutMs: again.timeoutMs })
  }
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

/** The model's own words, where it has any; the server has taken paths out of them. */
function failed(
  { model, version }: { readonly model: string; readonly version: string },
  body: Uint8Array,
): Problem {
  let said = ''
  try {
    const { error } = JSON.parse(new TextDecoder().decode(body)) as { error?: unknown }
    if (typeof error === 'string') said = `: ${error}`
  } catch {
    // Not one of our servers: it has said nothing that could be shown.
  }
  return new Problem('model-failed', `${model} ${version} failed on this request${said}`)
}
