import { refusalIn } from '../../lib/rules/container/server-refusal.ts'
import { checkRequestSize } from '../../lib/rules/host-limits.ts'
import type { Ports } from '../ports.ts'
import { askEndpoint } from './ask-endpoint.ts'
import type { Prediction, PredictionRequest } from './prediction.ts'
import { predictionTimeoutMs, type ReadyVersion } from './ready-version.ts'

/** What a body is that nobody has said anything of. */
const unknownType = 'application/octet-stream'
/** What may stand in a header as it is. */
const plainType = /^[\x20-\x7e]{1,256}$/

/**
 * Ask a version that does not say what it takes: its server gets the bytes that came, under the type that came with
 * them, and the caller what the server says.
 * @throws Problem `body-too-large`, and what the server's refusal or failure comes to
 */
export async function passOn(
  { host }: Pick<Ports, 'host'>,
  version: Omit<ReadyVersion, 'digest'>,
  { contentType = unknownType, accept, body, onAsked, how = {} }: PredictionRequest,
): Promise<Prediction> {
  checkRequestSize(body, version.host)
  onAsked?.({ contentType, body })
  const started = performance.now()
  const answer = await askEndpoint(host, version.endpoint, {
    body,
    contentType,
    ...(accept !== undefined && { accept }),
    timeoutMs: Math.min(predictionTimeoutMs(version), how.timeoutMs ?? Number.POSITIVE_INFINITY),
    ...(how.traceparent !== undefined && { traceparent: how.traceparent }),
  })
  const refusal = refusalIn(answer, `${version.model} ${version.version}`)
  if (refusal !== undefined) throw refusal
  const passedAs = plainType.test(answer.contentType) ? answer.contentType : unknownType
  return { body: answer.body, latencyMs: performance.now() - started, passedAs }
}
