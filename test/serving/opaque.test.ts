import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { EndpointAnswer } from '../../lambdas/ports.ts'
import { problemIn } from '../harness/problem-document.ts'
import { churn, Rig, says } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  answers({})
  await rig.release('echo', '1.0.0', undefined)
  await rig.move('echo', { aliases: { live: { stable: '1.0.0', by: 'promotion-0' } }, accepted: ['1.0.0'] })
})
afterEach(() => rig.close())

const answers = (answer: Partial<EndpointAnswer>) =>
  rig.host.scripts.set('echo-1.0.0', () => ({ ...says(''), ...answer }))
const ask = (body: NonNullable<RequestInit['body']>, headers: Readonly<Record<string, string>> = {}) =>
  rig.call('/models/echo/invocations', { body, headers })
const text = (bytes: string) => new TextEncoder().encode(bytes)

describe('a version without a signature', () => {
  test('gets the bytes that came, under their type, and its answer goes back as it is', async () => {
    const [png, answer] = [Uint8Array.of(0x89, 0x50, 0, 0xff), Uint8Array.of(0, 1, 0xfe)]
    answers({ body: answer, contentType: 'image/webp' })
    const response = await ask(png, { 'content-type': 'image/png', accept: 'image/webp' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/webp')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(answer)
    const [sent] = rig.host.sent
    expect(sent?.request).toMatchObject({ contentType: 'image/png', accept: 'image/webp', timeoutMs: 28_000 })
    expect(sent?.body).toEqual(png)
  })

  test('is not asked for another form of JSON that it can read itself', async () => {
    const body = '{"data": {"ndarray": [[1, NaN]]}, "data": 2} '
    answers({ body: text('{"any": "thing"}') })
    const response = await ask(body, { 'content-type': 'application/json; charset=utf-8' })
    expect(await response.json()).toEqual({ any: 'thing' })
    expect(new TextDecoder().decode(rig.host.sent[0]?.body as Uint8Array)).toBe(body)
    expect(rig.host.sent[0]?.request.contentType).toBe('application/json; charset=utf-8')
  })

  test('gets a body of which nothing is said as bytes, and an empty one', async () => {
    await ask(Uint8Array.of(1))
    await ask('', { 'content-type': 'text/plain' })
    expect(rig.host.sent.map(({ request }) => [request.contentType, request.body.length])).toEqual([
      ['application/octet-stream', 1],
      ['text/plain', 0],
    ])
  })

  test('answers under the headers that every version answers under, and no page of its is shown as ours', async () => {
    answers({ body: text('<script>'), contentType: 'text/html' })
    const { headers } = await ask('x')
    expect(Object.fromEntries(headers)).toMatchObject({
      'model-name': 'echo',
      'model-version': '1.0.0',
      'model-digest': 'sha256:artifact-of-1.0.0',
      'model-variant': 'stable',
      'x-request-id': expect.any(String),
      'server-timing': expect.stringMatching(/model;dur=/),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    })
  })

  test.each(['', 'text/html\nSet-Cookie: a=b', 'é/é'])(
    'answers of type %j are bytes',
    async (contentType) => {
      answers({ body: text('x'), contentType })
      expect((await ask('x')).headers.get('content-type')).toBe('application/octet-stream')
    },
  )

  test('answers another success as 200', async () => {
    answers({ status: 201, body: text('made') })
    expect((await ask('x')).status).toBe(200)
  })

  test('refuses and fails by problem documents, and both count', async () => {
    await rig.release('echo', '2.0.0', undefined)
    const canary = { version: '2.0.0', weightPercent: 100, rollout: 'r', step: 0 }
    await rig.move('echo', { aliases: { live: { stable: '1.0.0', canary, by: 'r' } } })
    rig.host.scripts.set('echo-2.0.0', () => says({ error: 'age is missing' }, 400))
    const refused = await problemIn(await ask('{}'), 'request-invalid')
    expect(refused).toMatchObject({
      status: 422,
      detail: 'echo 2.0.0 refuses this request with 400: age is missing',
    })
    rig.host.scripts.set('echo-2.0.0', () => says('<html>/usr/lib/x/secret</html>', 500))
    const failed = await problemIn(await ask('{}'), 'model-failed')
    expect(failed.detail).toBe('echo 2.0.0 failed on this request with 500')
    expect(rig.metrics.outcomes.map((one) => one.failed)).toEqual([true, true])
  })

  test('takes what its host takes, as base64', async () => {
    const most = ((6 * 1024 * 1024 - 2048) / 4) * 3
    expect((await ask(new Uint8Array(most))).status).toBe(200)
    await problemIn(await ask(new Uint8Array(most + 1)), 'body-too-large')
  })

  test('is not sent what was compressed', async () => {
    await problemIn(await ask('x', { 'content-encoding': 'gzip' }), 'content-type-unknown')
    expect(rig.host.sent).toEqual([])
  })
})

describe('a container with a signature', () => {
  beforeEach(() => rig.release('churn', '1.0.0', churn, 'runtime: container'))
  const record = { tenure: 1, plan: 'gold' }
  const predict = () => rig.json('/models/churn/versions/1.0.0/invocations', [record])

  test('is asked and answers as our own servers do', async () => {
    expect(await (await predict()).json()).toEqual({ predictions: [0.5] })
    expect(rig.host.sent[0]?.body).toEqual({ inputs: { tenure: [1], plan: ['gold'] } })
    await problemIn(await rig.json('/models/churn/versions/1.0.0/invocations', [{}]), 'request-invalid')
  })

  test.each<[string, EndpointAnswer, string, RegExp]>([
    ['another form', says([0.5]), 'model-failed', /did not answer with \{"predictions"/],
    ['a refusal', says({ error: 'no' }, 422), 'request-invalid', /refuses this request with 422: no$/],
    ['a page', says('<html>', 404), 'model-failed', /container\.predictEndpoint/],
  ])('that answers with %s is told so', async (_, answer, code, detail) => {
    rig.host.scripts.set('churn-1.0.0', () => answer)
    const problem = await problemIn(await predict(), code as 'model-failed')
    expect(problem.detail).toMatch(detail)
  })
})

test('a server of ours that refuses a record is believed', async () => {
  await rig.release('churn', '1.0.0', churn)
  rig.host.scripts.set('churn-1.0.0', () => says({ error: 'record 0, plan: gold is new' }, 400))
  const answer = await rig.json('/models/churn/versions/1.0.0/invocations', { tenure: 1, plan: 'gold' })
  const { detail } = await problemIn(answer, 'request-invalid')
  expect(detail).toBe('churn 1.0.0 refuses this request: record 0, plan: gold is new')
})
