import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { refuseOtherRoute } from '../../lambdas/aws/asked-path.ts'
import {
  authorizerOver,
  type HttpAuthorizerEvent,
  type RestAuthorizerEvent,
} from '../../lambdas/aws/authorizer-answer.ts'
import { httpApiEvent, restApiEvent } from '../harness/gateway-events.ts'
import { refusal } from '../rules/refusal.ts'
import { asWritten, type Line, malformed, targets, unknown } from './targets.ts'
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

describe('a request for a prediction', () => {
  test.each(targets.map(([target, outcome, but = {}]) => [shown(target), target, outcome, but] as const))(
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
      { seed: 5, numRuns: 1000 },
    )
    expect(reached.size).toBeGreaterThan(2)
  }, 60_000)
})

describe('a request to control', () => {
  const asked: readonly (readonly [method: string, ...line: Line])[] = [
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
  ]
  // A missing argument would be taken for a callback to wait for.
  test.each(asked.map(([method, target, outcome, but = {}]) => [method, target, outcome, but] as const))(
    '%s %s comes to the same at every door',
    async (method, target, outcome, but) => {
      const request = asks(target, method)
      expect({
        laptop: await doors.laptop(request),
        http: await doors.httpApi(request),
        rest: await doors.restApi(request),
      }).toEqual({ laptop: outcome, http: outcome, rest: outcome, ...but })
    },
  )
})

describe('the authorizer', () => {
  // It logs whom it refuses.
  beforeAll(() => void jest.spyOn(console, 'info').mockReturnValue())
  afterAll(() => void jest.restoreAllMocks())
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

  test('is answered as if there were nothing', async () => {
    const { event, to } = httpApiEvent(asks('/keys', 'GET'))
    expect(await doors.ask({ event, to })).toBe('200')
    expect(await doors.ask({ event: { ...event, routeKey: 'ANY /{proxy+}' }, to })).toBe(unknown)
  })

  test('is no matter where no gateway was asked', () => {
    expect(() => refuseOtherRoute({ rawPath: '/keys' }, 'GET', '/keys')).not.toThrow()
  })
})

function shown(target: string): string {
  return target.length > 100 ? `${target.slice(0, 60)}… (${target.length})` : target
}
