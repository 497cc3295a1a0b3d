import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { refuseOtherRoute } from '../../lambdas/aws/asked-path.ts'
import {
  authorizerOver,
  type HttpAuthorizerEvent,
  type RestAuthorizerEvent,
} from '../../lambdas/aws/authorizer-answer.ts'
import { httpApiEvent, restApiEvent } from '../harness/gateway-events.ts'
import { refusal } from '../rules/refusal.ts'
import { type Outcome, ThreeDoors } from './three-doors.ts'

let doors: ThreeDoors
beforeAll(async () => {
  doors = await ThreeDoors.open()
})
afterAll(() => doors.close())

const headers = { 'Content-Type': 'application/json' }
const asks = (target: string, method = 'POST') => ({
  method,
  target,
  headers,
  body: method === 'POST' ? '{"tenure": 1, "plan": "gold"}' : '',
})

const churn = '200 churn 1.2.3'
const malformed = '400 path-malformed'
const unknown = '404 path-unknown'
const long = 'a'.repeat(6000)

/** A request target, what comes of it at all three doors, and where a gateway cannot but do otherwise. */
type Line = readonly [
  target: string,
  outcome: Outcome,
  but?: { readonly rest?: Outcome; readonly http?: Outcome },
]

/** IAM judges a REST API's path as it was sent, so that nothing of it may be written in two ways. */
const asWritten = { rest: malformed }
/** An HTTP API cuts a path off at what encodes a question mark. */
const cutOff = { http: churn }

const targets: readonly Line[] = [
  // Written plainly.
  ['/models/churn/invocations', churn],
  ['/models/churn/aliases/live/invocations', churn],
  ['/models/churn/versions/1.2.0/invocations', '200 churn 1.2.0'],
  ['/models/churn/versions/1.2.3/invocations', churn],
  ['/models/iris/invocations', '200 iris 1.0.0'],
  // Ranges, whose ^ some clients encode.
  ['/models/churn/versions/1/invocations', churn],
  ['/models/churn/versions/1.x/invocations', churn],
  ['/models/churn/versions/^1.2/invocations', churn],
  ['/models/churn/versions/%5E1.2/invocations', churn],
  ['/models/churn/versions/%5e1.2/invocations', churn],
  ['/models/churn/versions/~1.2.0/invocations', churn],
  ['/models/churn/versions/%7E1.2.0/invocations', churn],
  ['/models/churn/versions/%255E1.2/invocations', malformed],
  ['/models/churn/versions/^2/invocations', '404 range-unresolved'],
  // Query strings say nothing about the path.
  ['/models/churn/invocations?', churn],
  ['/models/churn/invocations?a=1&b=2', churn],
  ['/models/churn/invocations?x=/../../iris', churn],
  ['/models/churn/invocations?x=%2e%2e%2firis', churn],
  ['/models/churn/invocations?/models/iris/invocations', churn],
  // Letters and slashes that are encoded once.
  ['/models/%63hurn/invocations', churn, asWritten],
  ['/models/churn/%69nvocations', churn, asWritten],
  ['/%6Dodels/churn/invocations', churn, asWritten],
  ['/models%2Fchurn/invocations', churn, asWritten],
  ['/models/churn%2finvocations', churn, asWritten],
  ['/models%2Fchurn%2Finvocations', churn, asWritten],
  ['/%2Fmodels/churn/invocations', malformed],
  // ... and twice or more.
  ['/models/%2563hurn/invocations', malformed],
  ['/models%252Fchurn/invocations', malformed],
  ['/models/churn%252finvocations', malformed],
  ['/models/%25%36%33hurn/invocations', malformed],
  ['/models/%25252e%25252e/churn/invocations', malformed],
  // Dot segments.
  ['/models/iris/../churn/invocations', malformed],
  ['/models/../models/churn/invocations', malformed],
  ['/models/churn/./invocations', malformed],
  ['/models/./churn/invocations', malformed],
  ['/../models/churn/invocations', malformed],
  ['/models/churn/invocations/..', malformed],
  ['/models/iris/%2e%2e/churn/invocations', malformed],
  ['/models/iris/.%2E/churn/invocations', malformed],
  ['/models/iris/%2e./churn/invocations', malformed],
  ['/models/%2e/churn/invocations', malformed],
  ['/models/iris/%252e%252e/churn/invocations', malformed],
  ['/models/iris/%25%32%65%25%32%65/churn/invocations', malformed],
  ['/models/iris/..%2fchurn/invocations', malformed],
  ['/models/iris/..%252fchurn/invocations', malformed],
  ['/models/iris%2f..%2fchurn/invocations', malformed],
  ['/models/iris/%2e%2e%2fchurn/invocations', malformed],
  ['/models/iris/%c0%ae%c0%ae/churn/invocations', malformed],
  ['/models/iris/%e0%80%ae%e0%80%ae/churn/invocations', malformed],
  ['/models/iris/%EF%BC%8E%EF%BC%8E/churn/invocations', malformed],
  ['/models/.../invocations', '400 model-name-malformed'],
  ['/models/churn/versions/..1/invocations', '400 version-malformed'],
  // Slashes.
  ['/models/churn/invocations/', unknown],
  ['/models/churn/versions/1.2.0/invocations/', unknown],
  ['/models/churn//invocations', malformed],
  ['/models//churn/invocations', malformed],
  ['//models/churn/invocations', malformed],
  ['///models/churn/invocations', malformed],
  ['/models/churn/invocations//', malformed],
  ['/models/churn/%2f/invocations', malformed],
  ['/models/churn/invocations%2F', unknown, asWritten],
  ['/models/churn/invocations%2F%2F', malformed],
  ['/models\\churn\\invocations', malformed],
  ['/models\\churn/invocations', malformed],
  ['/models/iris/..\\churn/invocations', malformed],
  ['/models/iris%5c..%5cchurn/invocations', malformed],
  ['/models/churn%5Cinvocations', malformed],
  // What other servers cut off or read as something else.
  ['/models/churn;v=1/invocations', malformed],
  ['/models/churn/invocations;jsessionid=1', malformed],
  ['/models/churn%3Bv=1/invocations', malformed],
  ['/models/churn/invocations%3Fx=1', malformed, cutOff],
  ['/models/churn/invocations%3F/../../iris/invocations', malformed, cutOff],
  ['/models/churn%3F/invocations', malformed, { http: unknown }],
  ['/models/churn/invocations%23x', malformed],
  ['/models/churn%23/invocations', malformed],
  ['/models/churn%00/invocations', malformed],
  ['/models/churn/invocations%00', malformed],
  ['/models/churn/invocations%00.json', malformed],
  ['/models/churn%20/invocations', malformed],
  ['/models/%20churn/invocations', malformed],
  ['/models/churn+/invocations', malformed],
  ['/models/churn%2B/invocations', malformed],
  ['/models/churn%0d%0aX-Actor:root/invocations', malformed],
  ['/models/churn%09/invocations', malformed],
  ['/models/churn:predict', malformed],
  ['/models/churn@1.2.0/invocations', malformed],
  ['/models/churn,iris/invocations', malformed],
  ['/models/churn&iris/invocations', malformed],
  ['/models/churn=1/invocations', malformed],
  ["/models/churn'/invocations", malformed],
  ['/models/churn%22/invocations', malformed],
  ['/models/{model}/invocations', malformed],
  ['/models/*/invocations', malformed],
  ['/models/$default/invocations', malformed],
  ['/models/churn/versions/1.2.0+a/invocations', malformed],
  ['/models/churn/versions/1.2.0%2Ba/invocations', malformed],
  ['/models/churn/versions/%3E1/invocations', malformed],
  // Percent signs that encode nothing.
  ['/models/churn%/invocations', malformed],
  ['/models/churn%4/invocations', malformed],
  ['/models/churn%zz/invocations', malformed],
  ['/models/churn%u0041/invocations', malformed],
  ['/models/churn%c3/invocations', malformed],
  ['/models/churn%ff/invocations', malformed],
  // Letters that look like others.
  ['/models/%D1%81hurn/invocations', malformed],
  ['/models/churn%E2%80%AE/invocations', malformed],
  ['/models/churn%E2%80%8B/invocations', malformed],
  ['/models/%EF%BD%83hurn/invocations', malformed],
  ['/models/%F0%9F%98%80/invocations', malformed],
  // Capitals, and other paths.
  ['/models/CHURN/invocations', '400 model-name-malformed'],
  ['/MODELS/churn/invocations', unknown],
  ['/models/churn/INVOCATIONS', unknown],
  ['/prod/models/churn/invocations', unknown],
  ['/$default/models/churn/invocations', malformed],
  ['/models/nobody/invocations', '404 model-unknown'],
  ['/models/constructor/invocations', '400 model-name-malformed'],
  ['/models/churn/aliases/nobody/invocations', '404 alias-unknown'],
  ['/models/churn/versions/9.9.9/invocations', '404 version-unknown'],
  ['/models/churn/versions/latest/invocations', '400 version-malformed'],
  ['/models/churn/iris/invocations', unknown],
  ['/models/churn', unknown],
  ['/', unknown],
  [`/models/${long}/invocations`, '400 model-name-malformed'],
  [`/models/churn/versions/${long}/invocations`, '400 version-malformed'],
  [`/${long}`, unknown],
  [`/models/churn/invocations?${long}`, churn],
]

describe('a request for a prediction', () => {
  test.each(targets.map((line) => [shown(line[0]), ...line] as const))(
    'to %s comes to the same at every door',
    async (_, target, outcome, but) => {
      expect({
        laptop: await doors.laptop(asks(target)),
        http: await doors.httpApi(asks(target)),
        rest: await doors.restApi(asks(target)),
      }).toEqual({ laptop: outcome, http: outcome, rest: outcome, ...but })
    },
  )

  test('with letters of other alphabets as they are is refused at every door', async () => {
    for (const target of [
      '/models/сhurn/invocations',
      '/models/chürn/invocations',
      '/models/．．/churn/invocations',
    ])
      for (const ask of [doors.laptop, doors.httpApi, doors.restApi])
        expect(await ask(asks(target))).toMatch(/^400 (path|http)-malformed$/)
  })

  test('reaches a model at several doors only where they agree on which', async () => {
    const piece = fc.constantFrom(
      '/',
      '/',
      '/',
      '.',
      '..',
      '%2e',
      '%2E',
      '%2f',
      '%25',
      '%252e',
      '%252f',
      '%5c',
      '\\',
      '%3f',
      '?',
      '%23',
      ';',
      '%00',
      'models',
      'models',
      'churn',
      'iris',
      'invocations',
      'invocations',
      'versions',
      '1',
      '^1',
      '%5E1',
      '~1.2',
      '%63hurn',
      'keys',
      'aliases',
      'live',
      '%',
    )
    const loose = fc.array(piece, { maxLength: 14 }).map((pieces) => `/${pieces.join('')}`)
    // Most random paths are refused: these are true ones with something put in.
    const near = fc
      .tuple(
        fc.constantFrom(...targets.slice(0, 12).map(([target]) => target)),
        fc.nat(60),
        fc.array(piece, { maxLength: 3 }),
      )
      .map(([target, at, pieces]) => `/${target.slice(1, at + 1)}${pieces.join('')}${target.slice(at + 1)}`)
    const reached = new Set<Outcome>()
    await fc.assert(
      fc.asyncProperty(fc.oneof(loose, near), async (target) => {
        const outcomes = await Promise.all(
          [doors.laptop, doors.httpApi, doors.restApi].map((ask) => ask(asks(target))),
        )
        const answered = new Set(outcomes.filter((one) => one.startsWith('2')))
        expect(answered.size).toBeLessThanOrEqual(1)
        for (const one of answered) reached.add(one)
        for (const one of outcomes) expect(one).toMatch(/^(200|4\d\d) [a-z-]+/)
      }),
      { seed: 5, numRuns: 1500 },
    )
    expect(reached.size).toBeGreaterThan(2)
  }, 60_000)
})

describe('a request to control', () => {
  test.each<readonly [method: string, ...line: Line]>([
    ['GET', '/health', '200'],
    ['GET', '/models', '200'],
    ['GET', '/models/churn', '200'],
    ['GET', '/models/churn/versions/1.2.0', '200'],
    ['GET', '/models/ch%75rn', '200', asWritten],
    ['GET', '/models/iris/../churn', malformed],
    ['GET', '/models/iris/%2e%2e/churn', malformed],
    ['GET', '/models/iris/%252e%252e/churn', malformed],
    ['GET', '/models/churn/', unknown],
    ['GET', '/models/churn/invocations', unknown],
    ['GET', '/models/churn%3Fat=1', malformed, { http: '200' }],
    ['GET', '/keys', '200'],
    ['GET', '/%6Beys', '200', asWritten],
    ['GET', '/keys/', unknown],
    ['GET', '//keys', malformed],
    ['DELETE', '/keys/none', '404 key-unknown'],
    ['DELETE', '/keys%2Fnone', '404 key-unknown', asWritten],
    ['DELETE', '/keys/none/', unknown],
    ['DELETE', '/keys/a/b', unknown],
    ['DELETE', '/models/../keys/none', malformed],
  ])('%s %s comes to the same at every door', async (method, target, outcome, but) => {
    const asked = asks(target, method)
    expect({
      laptop: await doors.laptop(asked),
      http: await doors.httpApi(asked),
      rest: await doors.restApi(asked),
    }).toEqual({ laptop: outcome, http: outcome, rest: outcome, ...but })
  })
})

describe('the authorizer', () => {
  const seen: string[] = []
  const authorizer = authorizerOver(async ({ path }) => {
    seen.push(path)
    return { actor: 'ada', grants: [] }
  })
  const readBy = async (event: object) => {
    seen.length = 0
    await authorizer(event as HttpAuthorizerEvent | RestAuthorizerEvent)
    return seen[0]
  }

  test('judges the path that is answered, at both gateways', async () => {
    for (const [target, outcome, but] of targets) {
      const http = await readBy(httpApiEvent(asks(target)).event)
      const rest = await readBy({
        type: 'REQUEST',
        methodArn: 'arn:aws:execute-api:eu-central-1:111122223333:a1/prod/POST/x',
        ...restApiEvent(asks(target)).event,
      })
      for (const [judged, came] of [
        [http, but?.http ?? outcome],
        [rest, but?.rest ?? outcome],
      ] as const) {
        if (came === malformed) expect([target, judged]).toEqual([target, undefined])
        const [, model] = /^200 (\w+)/.exec(came) ?? []
        if (model !== undefined) expect([target, judged?.split('/')[2]]).toEqual([target, model])
      }
    }
  })
})

describe('a gateway that came to another route than the path names', () => {
  test.each([
    ['GET', '/keys', { rawPath: '/keys', routeKey: 'ANY /{proxy+}' }],
    ['DELETE', '/keys/a', { rawPath: '/keys/a', routeKey: 'ANY /{proxy+}' }],
    ['GET', '/keys', { path: '/keys', resource: '/{proxy+}' }],
    ['POST', '/models/churn/invocations', { path: '/models/churn/invocations', resource: '/{proxy+}' }],
    ['GET', '/models', { path: '/models', resource: '/models/{model}/invocations' }],
    ['POST', '/models/a1/invocations', { rawPath: '/models/a1/invocations', routeKey: 'ANY /keys' }],
  ])('has let nobody in: %s %s by %j', (method, path, event) => {
    expect(refusal(() => refuseOtherRoute(event, method, path)).code).toBe('path-unknown')
  })

  test('is no matter where no gateway was asked', () => {
    expect(() => refuseOtherRoute({ rawPath: '/keys' }, 'GET', '/keys')).not.toThrow()
  })
})

function shown(target: string): string {
  return target.length > 100 ? `${target.slice(0, 60)}… (${target.length})` : target
}
