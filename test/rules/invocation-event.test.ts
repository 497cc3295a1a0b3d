import { describe, expect, test } from '@jest/globals'
import {
  answerOfPayload,
  invocationEvent,
  problemOfFailure,
  timedOut,
} from '../../lib/rules/invocation-event.ts'
import { refusal } from './refusal.ts'

describe('the event of a request', () => {
  const event = JSON.parse(
    invocationEvent({
      method: 'POST',
      path: '/invocations',
      contentType: 'application/json',
      body: '{"a":"ä"}',
    }),
  )

  test('is that of an HTTP API, payload format 2.0', () => {
    expect(event).toMatchObject({
      version: '2.0',
      rawPath: '/invocations',
      rawQueryString: '',
      requestContext: { http: { method: 'POST', path: '/invocations', protocol: 'HTTP/1.1' } },
    })
  })

  test('carries the body as it is, and its type', () => {
    expect(event).toMatchObject({ body: '{"a":"ä"}', isBase64Encoded: false })
    expect(event.headers['content-type']).toBe('application/json')
  })

  test('says that a body is base64', () => {
    const sent = invocationEvent({ method: 'POST', path: '/invocations', body: 'AAE=', base64: true })
    expect(JSON.parse(sent)).toMatchObject({ body: 'AAE=', isBase64Encoded: true })
  })

  test('carries the trace that it belongs to', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const sent = JSON.parse(invocationEvent({ method: 'POST', path: '/invocations', traceparent }))
    expect(sent.headers).toMatchObject({ traceparent })
  })

  test('of a ping has no body and no type', () => {
    const sent = JSON.parse(invocationEvent({ method: 'GET', path: '/ping' }))
    expect(Object.keys(sent)).not.toContain('body')
    expect(sent.headers).toEqual({ host: 'model' })
  })
})

describe('the answer in a payload', () => {
  test('has its status, its type whatever case its header is in, and its body', () => {
    const payload = {
      statusCode: 502,
      headers: { 'Content-Type': 'text/csv' },
      body: '1,2',
      isBase64Encoded: false,
    }
    expect(answerOfPayload(JSON.stringify(payload))).toEqual({
      status: 502,
      contentType: 'text/csv',
      body: '1,2',
      base64: false,
    })
  })

  test('may be bytes, or empty', () => {
    expect(answerOfPayload('{"statusCode":200,"body":"AAE=","isBase64Encoded":true}')).toMatchObject({
      body: 'AAE=',
      base64: true,
    })
    expect(answerOfPayload('{"statusCode":204}')).toMatchObject({ status: 204, body: '' })
  })

  test.each([['null'], ['"hello"'], ['{}'], ['{"statusCode":"200"}'], ['not JSON'], ['']])(
    'is none in %j',
    (payload) => {
      expect(refusal(() => answerOfPayload(payload)).code).toBe('endpoint-unavailable')
    },
  )
})

describe('a failure', () => {
  const of = (errorType: string, errorMessage = '') =>
    problemOfFailure(JSON.stringify({ errorType, errorMessage }), 28_000)

  test.each([
    ['Sandbox.Timedout', 'RequestId: 1 Error: Task timed out after 28.00 seconds', 'model-timeout'],
    ['', '2026-11-23T10:00:00Z 1 Task timed out after 28.00 seconds', 'model-timeout'],
    ['Function.ResponseSizeTooLarge', 'Response payload size exceeded maximum', 'answer-too-large'],
    [
      'Runtime.ExitError',
      'RequestId: 1 Error: Runtime exited with error: exit status 1',
      'endpoint-unavailable',
    ],
    ['Runtime.OutOfMemory', '', 'endpoint-unavailable'],
    ['Extension.Crash', '', 'endpoint-unavailable'],
    ['', '', 'endpoint-unavailable'],
  ])('%s (%s) is %s', (type, message, code) => {
    expect(of(type, message).code).toBe(code)
  })

  test('says that memory ran out, where it did', () => {
    expect(of('Runtime.OutOfMemory').message).toContain('ran out of memory')
    expect(of('Runtime.ExitError').message).not.toContain('memory')
  })

  test('that is no JSON is still one', () => {
    expect(problemOfFailure('<html>', 1000).code).toBe('endpoint-unavailable')
  })

  test('by time says how long was waited', () => {
    expect(timedOut(1500).message).toContain('1.5 s')
  })
})
