import { Problem } from './problem.ts'

/** An HTTP request as it is put into an event. */
export interface EventRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly contentType?: string
  /** The types that the caller would like the answer in. */
  readonly accept?: string
  /** The trace that it belongs to. */
  readonly traceparent?: string
  /** Text, or bytes as base64. */
  readonly body?: string
  readonly base64?: boolean
}

/** What a server answered, out of a function's payload. */
export interface EventAnswer {
  readonly status: number
  readonly contentType: string
  /** Text, or bytes as base64. */
  readonly body: string
  readonly base64: boolean
}

/**
 * An HTTP request as the event of an HTTP API (payload format 2.0), as JSON text. The Lambda Web Adapter turns such an
 * event back into the request; it turns any other into a POST to /events.
 */
export function invocationEvent(request: EventRequest): string {
  const { method, path, contentType, accept, traceparent, body, base64 = false } = request
  return JSON.stringify({
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: {
      host: 'model',
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...(accept !== undefined && { accept }),
      ...(traceparent !== undefined && { traceparent }),
    },
    requestContext: {
      accountId: '',
      apiId: '',
      domainName: 'model',
      domainPrefix: 'model',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'sluice' },
      requestId: '',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/1970:00:00:00 +0000',
      timeEpoch: 0,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: base64,
  })
}

/** Read an answer out of what a function returned. @throws Problem `endpoint-unavailable` where it is none */
export function answerOfPayload(payload: string): EventAnswer {
  const { statusCode, headers, body, isBase64Encoded } = parsed(payload)
  if (typeof statusCode !== 'number')
    throw new Problem('endpoint-unavailable', 'the endpoint did not answer as a server of models does')
  const type = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  return {
    status: statusCode,
    contentType: type ?? 'application/octet-stream',
    body: body ?? '',
    base64: isBase64Encoded === true,
  }
}

/** Why a function has failed, as its payload tells. */
export function problemOfFailure(payload: string, timeoutMs: number): Problem {
  const { errorType = '', errorMessage = '' } = parsed(payload)
  if (errorType === 'Sandbox.Timedout' || /task timed out/i.test(errorMessage)) return timedOut(timeoutMs)
  if (errorType === 'Function.ResponseSizeTooLarge' || /response payload size/i.test(errorMessage))
    return new Problem(
      'answer-too-large',
      'the answer is larger than the 6 MB that a Lambda function may give',
    )
  const what = /memory/i.test(`${errorType} ${errorMessage}`) ? 'ran out of memory' : 'ended'
  return new Problem('endpoint-unavailable', `the version's server ${what} on this request and starts again`)
}

/** No prediction within the time that the manifest allows. */
export function timedOut(timeoutMs: number): Problem {
  return new Problem('model-timeout', `no prediction within ${timeoutMs / 1000} s`)
}

interface Payload {
  readonly statusCode?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly isBase64Encoded?: boolean
  readonly errorType?: string
  readonly errorMessage?: string
}

function parsed(payload: string): Payload {
  try {
    return (JSON.parse(payload) as Payload | null) ?? {}
  } catch {
    return {}
  }
}
