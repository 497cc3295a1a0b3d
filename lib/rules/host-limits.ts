import type { Manifest } from './manifest.ts'
import { Problem } from './problem.ts'

const megabyte = 1024 * 1024

/** The largest request that any gateway of ours takes: an HTTP API's 10 MB. */
export const largestBody = 10 * megabyte

/** Hold a body to it, by the length that is told or was counted. @throws Problem `body-too-large` */
export function refuseTooLarge(bytes: number): void {
  if (bytes > largestBody) throw new Problem('body-too-large', `a body may have at most ${largestBody} bytes`)
}

/** A Lambda event: 6 MB of JSON text. SageMaker: 4 MB of body on serverless, 6 MB on an instance. */
const largestSent: Readonly<Record<Manifest['host']['kind'], number>> = {
  lambda: 6 * megabyte,
  'sagemaker-serverless': 4 * megabyte,
  sagemaker: 6 * megabyte,
}

/** What an event carries beside the body, at most. */
const envelopeBytes = 2048

/** An HTTP API waits 30 s; within this the answer that says so is still ours. */
export const longestPredictionSeconds = 28

/**
 * Hold a request to its host's limit, by what is really sent: on Lambda the body travels as a JSON string inside the
 * event, where every quote takes two bytes. The same limits hold on the laptop, so that what works there works on AWS.
 * @throws Problem `body-too-large`
 */
export function checkRequestSize(body: string | Uint8Array, host: Manifest['host']['kind']): void {
  const most = largestSent[host]
  // A character takes at most six bytes: most requests need no measuring.
  if (body.length * 6 + envelopeBytes <= most) return
  const bytes = host === 'lambda' ? inEvent(body) + envelopeBytes : bytesOf(body)
  if (bytes > most)
    throw new Problem(
      'body-too-large',
      `the request is ${bytes} bytes as it is sent to the model, and host '${host}' takes at most ${most}`,
    )
}

/** What a body takes inside an event: as a JSON string, or, of bytes, as base64. */
function inEvent(body: string | Uint8Array): number {
  return typeof body === 'string' ? utf8Bytes(JSON.stringify(body)) : Math.ceil(body.length / 3) * 4
}

function bytesOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? utf8Bytes(body) : body.length
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length
}
