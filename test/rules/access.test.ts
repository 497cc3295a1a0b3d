import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  decideAccess,
  everyModel,
  type Grant,
  grantsIn,
  grantsText,
  maySee,
  parseGrant,
  requiredAccess,
  routeNeeds,
  type Scope,
  scopes,
} from '../../lib/rules/access.ts'
import { isModelName } from '../../lib/rules/names.ts'
import { checkedPath, decodedOnce, parseInvocationPath } from '../../lib/rules/request-path.ts'

const scope = fc.constantFrom(...scopes)
const model = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/).filter(isModelName)
const grant = fc.record({ scope, model: fc.oneof(model, fc.constant(everyModel)) })
const grants = fc.array(grant, { maxLength: 6 })
const methods = fc.constantFrom(
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'get',
  'post',
  'TRACE',
)
/** Words that paths here are made of, rightly and wrongly put together. */
const word = fc.constantFrom(
  'models',
  'aliases',
  'versions',
  'invocations',
  'promotions',
  'history',
  'operations',
  'keys',
  'health',
  'verification',
  'alpha',
  'alpha-2',
  'alph',
  'beta',
  'ALPHA',
  'Models',
  'live',
  '1.0.0',
  '..',
  '.',
  '',
  '%2e%2e',
  '%252e%252e',
  '%61lpha',
  '%2f',
  'alpha%2f..%2fbeta',
  'alpha;beta',
  'alpha\\beta',
)
/** A route with anything in its places, and any path at all. */
const path = fc.oneof(
  fc
    .tuple(fc.constantFrom(...routeNeeds), fc.array(word, { minLength: 2, maxLength: 2 }))
    .map(([[, route], words]) => route.replaceAll(/\{\w+\}/g, () => words.pop() ?? '')),
  fc.array(word, { maxLength: 7 }).map((words) => `/${words.join('/')}`),
)

/** A path as the laptop's gateway makes it; undefined where it refuses it. */
function arrived(raw: string): string | undefined {
  try {
    return checkedPath(decodedOnce(raw))
  } catch {
    return undefined
  }
}

const may = (held: readonly Grant[], method: string, asked: string) =>
  decideAccess({ grants: held }, requiredAccess(method, asked)).allowed

describe('what a request needs', () => {
  test.each([
    ['POST', '/models/alpha/invocations', ['invoke', 'admin'], { model: 'alpha' }],
    ['POST', '/models/alpha/aliases/live/invocations', ['invoke', 'admin'], { model: 'alpha' }],
    ['POST', '/models/alpha/versions/^1.2/invocations', ['invoke', 'admin'], { model: 'alpha' }],
    ['GET', '/models/alpha/history', scopes, { model: 'alpha' }],
    ['HEAD', '/models/alpha/history', scopes, { model: 'alpha' }],
    ['GET', '/models/alpha/versions/1.0.0/log', ['publish', 'promote', 'admin'], { model: 'alpha' }],
    ['POST', '/models/alpha/promotions', ['promote', 'admin'], { model: 'alpha' }],
    ['POST', '/models/alpha/rollbacks', ['promote', 'admin'], { model: 'alpha' }],
    ['POST', '/models/alpha/retirements', ['promote', 'admin'], { model: 'alpha' }],
    ['GET', '/models', scopes, 'any'],
    ['GET', '/health', scopes, 'any'],
    ['GET', '/operations/promotion-1', scopes, 'any'],
    ['GET', '/keys', ['admin'], 'platform'],
    ['POST', '/keys', ['admin'], 'platform'],
    ['DELETE', '/keys/0123456789abcdef', ['admin'], 'platform'],
  ] as const)('%s %s', (method, asked, needed, of) => {
    expect(requiredAccess(method, asked)).toEqual({ scopes: needed, of })
  })

  test.each([
    ['GET', '/'],
    ['GET', '/nowhere'],
    ['GET', '/models/alpha/'],
    ['GET', '/models/alpha/secrets'],
    ['GET', '/models/alpha/invocations'],
    ['post', '/models/alpha/invocations'],
    ['POST', '/models/alpha/invocations/'],
    ['POST', '/Models/alpha/invocations'],
    ['POST', '/models/alpha/INVOCATIONS'],
    ['PUT', '/models/alpha'],
    ['OPTIONS', '/models/alpha/invocations'],
    ['POST', '/operations/promotion-1'],
  ])('%s %s is known nowhere, and needs all there is', (method, asked) => {
    expect(requiredAccess(method, asked)).toEqual({ scopes: ['admin'], of: 'platform' })
  })

  test('every route has one need, and names no model that it does not mean', () => {
    const spelt = routeNeeds.map(([method, route]) => `${method} ${route}`)
    expect(new Set(spelt).size).toBe(spelt.length)
    for (const [, route] of routeNeeds) expect(route.includes('{model}')).toBe(route.startsWith('/models/'))
  })
})

describe('nobody reaches what is not theirs:', () => {
  test('a scope of one model never opens another, however the path is written', () => {
    fc.assert(
      fc.property(methods, path, scope, (method, raw, held) => {
        const asked = arrived(raw)
        if (asked === undefined) return
        const named = asked.split('/')[2]
        if (asked.startsWith('/models/') && may([{ scope: held, model: 'alpha' }], method, asked))
          expect(named).toBe('alpha')
      }),
      { numRuns: 5000 },
    )
  })

  test('a scope of a model opens none whose name begins or ends alike', () => {
    fc.assert(
      fc.property(model, model, scope, (name, more, held) => {
        for (const other of [
          `${name}${more}`,
          `${more}${name}`,
          `${name}-${more}`,
          name.slice(0, -1),
          name.toUpperCase(),
        ])
          for (const last of ['invocations', 'promotions'])
            expect(may([{ scope: held, model: name }], 'POST', `/models/${other}/${last}`)).toBe(false)
      }),
    )
  })

  test('what the router answers as a prediction of a model, the rule asks an `invoke` of exactly that model for', () => {
    fc.assert(
      fc.property(path, (raw) => {
        const asked = arrived(raw)
        const predicted = asked === undefined ? undefined : parseInvocationPath(asked)
        if (asked === undefined || predicted === undefined) return
        expect(requiredAccess('POST', asked)).toEqual({
          scopes: ['invoke', 'admin'],
          of: { model: predicted.model },
        })
      }),
      { numRuns: 5000 },
    )
  })

  test('who has no grant reaches nothing', () => {
    fc.assert(
      fc.property(methods, path, (method, raw) => {
        expect(may([], method, raw)).toBe(false)
      }),
    )
  })

  test('whatever stands in no table opens for `admin` of every model, and for nothing less', () => {
    fc.assert(
      fc.property(methods, path, grants, (method, raw, held) => {
        if (requiredAccess(method, raw).of !== 'platform') return
        const isAdmin = held.some((one) => one.scope === 'admin' && one.model === everyModel)
        expect(may(held, method, raw)).toBe(isAdmin)
      }),
    )
  })

  test('a grant more never takes anything away, and `admin` of every model opens all', () => {
    fc.assert(
      fc.property(methods, path, grants, grant, (method, raw, held, more) => {
        if (may(held, method, raw)) expect(may([...held, more], method, raw)).toBe(true)
        expect(may([{ scope: 'admin', model: everyModel }], method, raw)).toBe(true)
      }),
    )
  })

  test('one scope never stands for another', () => {
    const route = { invoke: 'invocations', promote: 'promotions' } as const
    for (const held of scopes)
      for (const [needed, last] of Object.entries(route))
        expect([
          held,
          needed,
          may([{ scope: held, model: 'alpha' }], 'POST', `/models/alpha/${last}`),
        ]).toEqual([held, needed, held === needed || held === 'admin'])
  })
})

test('a refusal names what is missing', () => {
  const missing = (method: string, asked: string) =>
    decideAccess({ grants: [] }, requiredAccess(method, asked))
  expect(missing('POST', '/models/alpha/promotions')).toEqual({
    allowed: false,
    missing: 'promote:alpha or admin:alpha',
  })
  expect(missing('GET', '/keys')).toEqual({ allowed: false, missing: 'admin:*' })
  expect(missing('GET', '/models')).toMatchObject({ missing: expect.stringContaining('invoke:MODEL') })
})

test('a model is seen by whoever has a scope of it, and by all where nobody is asked', () => {
  expect(maySee(undefined, 'alpha')).toBe(true)
  expect(maySee([], 'alpha')).toBe(false)
  expect(maySee([{ scope: 'invoke', model: 'alpha' }], 'alpha')).toBe(true)
  expect(maySee([{ scope: 'admin', model: 'alpha' }], 'beta')).toBe(false)
  expect(maySee([{ scope: 'invoke', model: '*' }], 'beta')).toBe(true)
})

describe('a grant as text', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(grants, (held) => {
        expect(grantsIn(grantsText(held))).toEqual(held)
      }),
    )
  })

  test.each([
    'invoke',
    'invoke:',
    ':alpha',
    'invoke:ALPHA',
    'invoke:al*',
    'Invoke:alpha',
    'read:alpha',
    'invoke:alpha:beta',
    'invoke:__proto__',
    'admin:**',
    'openid',
  ])('%s is none', (text) => {
    expect(parseGrant(text)).toBeUndefined()
  })

  test('opens nothing where it is one of the words of somebody else', () => {
    expect(grantsIn('openid invoke:alpha  profile admin:* promote')).toEqual([
      { scope: 'invoke', model: 'alpha' },
      { scope: 'admin' satisfies Scope, model: '*' },
    ])
  })
})
