import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Ports } from '../../lambdas/ports.ts'
import { proveVersion } from '../../lambdas/release/prove-version.ts'
import type { FrozenFile } from '../../lib/rules/artifact.ts'
import { writeNpy } from '../../lib/rules/npy.ts'
import { Problem, type ProblemCode } from '../../lib/rules/problem.ts'
import type { AliasRecord } from '../../lib/rules/routing.ts'
import { problemIn } from '../harness/problem-document.ts'
import { operationRecord, readyRecord, versionRecord } from '../harness/records.ts'
import { churn, predicts, Rig, says, sums } from './rig.ts'

const record = { tenure: 1, plan: 'gold' }
const stable: AliasRecord = { stable: '1.0.0', by: 'promotion-0' }
const canaryOf = (weightPercent: number, rollout = 'promotion-1'): AliasRecord => ({
  ...stable,
  canary: { version: '1.1.0', weightPercent, rollout, step: 0 },
  by: rollout,
})

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  for (const version of ['1.0.0', '1.1.0', '1.2.0', '2.0.0-rc.1']) {
    await rig.release('churn', version, churn)
    rig.host.scripts.set(
      `churn-${version}`,
      predicts(() => Number(version.split('.')[1])),
    )
  }
  await rig.move('churn', { aliases: { live: stable }, accepted: ['1.0.0'] })
})
afterEach(() => {
  rig.close()
  jest.restoreAllMocks()
})

const ask = (path = '', headers: Readonly<Record<string, string>> = {}) =>
  rig.json(`/models/churn${path}/invocations`, record, headers)
const versionOf = (response: Response) => response.headers.get('model-version')

describe('what is asked for', () => {
  test('is the alias live where nothing is named', async () => {
    const response = await ask()
    expect(response.status).toBe(200)
    expect(versionOf(response)).toBe('1.0.0')
  })

  test.each(['1.0.0', '1.1.0', '1.2.0', '2.0.0-rc.1'])(
    'is exactly %s where that is named',
    async (version) => {
      const response = await ask(`/versions/${version}`)
      expect(response.status).toBe(200)
      expect(versionOf(response)).toBe(version)
      expect(rig.host.sent.map(({ endpoint }) => endpoint)).toEqual([`churn-${version}`])
    },
  )

  test('is an alias of any name', async () => {
    await rig.move('churn', { aliases: { live: stable, staging: { stable: '1.2.0', by: 'x' } } })
    expect(versionOf(await ask('/aliases/staging'))).toBe('1.2.0')
    expect(versionOf(await ask('/aliases/live'))).toBe('1.0.0')
  })

  test('is what live served before, under the alias previous', async () => {
    await problemIn(await ask('/aliases/previous'), 'alias-unknown')
    await rig.move('churn', { aliases: { live: { stable: '1.1.0', previous: '1.0.0', by: 'x' } } })
    expect(versionOf(await ask('/aliases/previous'))).toBe('1.0.0')
  })

  test.each(['1', '1.x', '1.0', '^1.0', '~1.0.0'])(
    'is the best accepted version of the range %s, and never one that was not accepted',
    async (range) => {
      expect(versionOf(await ask(`/versions/${range}`))).toBe('1.0.0')
    },
  )

  test('is in a range what was accepted last, until it is rejected', async () => {
    await rig.move('churn', { accepted: ['1.0.0', '1.1.0'] })
    expect(versionOf(await ask('/versions/1'))).toBe('1.1.0')
    await rig.move('churn', { accepted: ['1.0.0'] })
    expect(versionOf(await ask('/versions/1'))).toBe('1.0.0')
  })

  test('is a canary never for who names a range or a version', async () => {
    await rig.move('churn', { aliases: { live: canaryOf(99) } })
    rig.draw = 0
    expect(versionOf(await ask('/versions/1'))).toBe('1.0.0')
    expect(versionOf(await ask('/versions/1.0.0'))).toBe('1.0.0')
    expect(versionOf(await ask())).toBe('1.1.0')
  })

  test.each<[string, ProblemCode]>([
    ['/models/nobody/invocations', 'model-unknown'],
    ['/models/nobody/aliases/live/invocations', 'model-unknown'],
    ['/models/nobody/versions/1/invocations', 'model-unknown'],
    ['/models/nobody/versions/1.0.0/invocations', 'version-unknown'],
    ['/models/churn/versions/9.9.9/invocations', 'version-unknown'],
    ['/models/churn/aliases/nobody/invocations', 'alias-unknown'],
    ['/models/churn/versions/2/invocations', 'range-unresolved'],
    ['/models/churn/versions/1.1/invocations', 'range-unresolved'],
    ['/models/churn/versions/newest/invocations', 'version-malformed'],
    ['/models/churn/versions/1.0.0+build/invocations', 'version-malformed'],
    ['/models/Churn/invocations', 'model-name-malformed'],
    ['/models/constructor/invocations', 'model-name-malformed'],
    ['/models/churn/aliases/constructor/invocations', 'alias-malformed'],
    ['/models/churn/aliases/Live/invocations', 'alias-malformed'],
    ['/models/churn/nowhere', 'path-unknown'],
    ['/models/churn/invocations/', 'path-unknown'],
    ['/models/churn/versions/1.0.0/invocations/more', 'path-unknown'],
  ])('is refused at %s as %s', async (path, code) => {
    const problem = await problemIn(await rig.json(path, record), code)
    expect(problem.instance).toBe(path)
    expect(rig.host.sent).toEqual([])
  })

  test('is refused by another method', async () => {
    const response = await rig.call('/models/churn/invocations', { method: 'PUT', body: '{}' })
    await problemIn(response, 'path-unknown')
  })

  test.each<[Parameters<typeof versionRecord>[2], ProblemCode, RegExp]>([
    [{ state: 'CREATING' }, 'version-not-ready', /CREATING/],
    [
      { state: 'FAILED', problem: { code: 'golden-check-failed', detail: 'it lied', errors: [] } },
      'version-not-ready',
      /it lied/,
    ],
    [{ state: 'RETIRED', retiredAt: '2026-02-28T10:00:00Z' }, 'version-retired', /2026-02-28/],
    [{ state: 'DELETING' }, 'version-retired', /retired/],
  ])('is refused where the version is %j', async (facts, code, detail) => {
    await rig.registry.claim(versionRecord('churn', '3.0.0', facts))
    const problem = await problemIn(await ask('/versions/3.0.0'), code)
    expect(problem.detail).toMatch(detail)
  })

  test('has no alias yet while its first release is under way', async () => {
    await rig.registry.claim(versionRecord('fresh', '1.0.0'))
    await problemIn(await rig.json('/models/fresh/invocations', record), 'alias-unknown')
  })
})

describe('headers', () => {
  /** What every answer of a model carries. */
  function expectHeaders({ headers }: Response, version: string, variant: string): void {
    expect(Object.fromEntries(headers)).toMatchObject({
      'model-name': 'churn',
      'model-version': version,
      'model-digest': `sha256:artifact-of-${version}`,
      'model-variant': variant,
      'x-request-id': expect.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
    })
  }
  const timing = /^router;dur=\d+\.\d+, model;dur=\d+\.\d+$/

  test('name the version that answered, and how long it took', async () => {
    const response = await ask()
    expectHeaders(response, '1.0.0', 'stable')
    expect(response.headers.get('server-timing')).toMatch(timing)
  })

  test('name the canary where it answered', async () => {
    await rig.move('churn', { aliases: { live: canaryOf(50) } })
    rig.draw = 0.49
    expectHeaders(await ask(), '1.1.0', 'canary')
    rig.draw = 0.5
    expectHeaders(await ask(), '1.0.0', 'stable')
  })

  test.each<[string, RequestInit, ProblemCode]>([
    ['a model that fails', { body: JSON.stringify(record) }, 'model-failed'],
    ['a record that does not fit', { body: '{"tenure": "x"}' }, 'request-invalid'],
    ['a body that cannot be read', { body: '{' }, 'body-malformed'],
    [
      'a type that cannot be read',
      { body: 'x', headers: { 'content-type': 'text/plain' } },
      'content-type-unknown',
    ],
  ])('name the version on the refusal of %s', async (_, init, code) => {
    rig.host.scripts.set('churn-1.0.0', () => says({ error: 'out of bounds' }, 500))
    const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>) }
    const response = await rig.call('/models/churn/invocations', { ...init, headers })
    expectHeaders(response, '1.0.0', 'stable')
    await problemIn(response, code)
  })

  test('tell how long it took when the model failed, too', async () => {
    rig.host.scripts.set('churn-1.0.0', () => says({ error: 'out of bounds' }, 500))
    expect((await ask()).headers.get('server-timing')).toMatch(timing)
  })

  test.each(['abc-123', 'A.b_c-9', 'x'.repeat(64)])('carry the caller’s own request id %s', async (id) => {
    expect((await ask('', { 'x-request-id': id })).headers.get('x-request-id')).toBe(id)
    const refused = await ask('/versions/9.9.9', { 'x-request-id': id })
    expect((await problemIn(refused, 'version-unknown')).requestId).toBe(id)
  })

  test.each(['with space', 'x'.repeat(65), '<script>', 'ä'])('do not carry the request id %j', async (id) => {
    const [one, two] = [await ask('', { 'x-request-id': id }), await ask('', { 'x-request-id': id })]
    expect(one.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(one.headers.get('x-request-id')).not.toBe(two.headers.get('x-request-id'))
  })

  test('say when to come back where the version is starting', async () => {
    rig.host.scripts.set('churn-1.0.0', () => {
      throw new Problem('endpoint-unavailable', 'the version is starting again')
    })
    const response = await ask()
    await problemIn(response, 'endpoint-unavailable')
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('an endpoint that sleeps', () => {
  const starting = () =>
    new Problem('endpoint-unavailable', 'the version is starting again').starting().after(5)
  /** It throws these, one a call, and then answers. */
  const throwsFirst = (...errors: readonly Error[]) => {
    let calls = 0
    rig.host.scripts.set('churn-1.0.0', (request) => {
      calls += 1
      const error = errors[calls - 1]
      if (error !== undefined) throw error
      return predicts(() => 7)(request)
    })
  }
  beforeEach(() => rig.release('quick', '1.0.0', churn, 'host: { timeoutSeconds: 1 }'))
  const askQuick = () => rig.json('/models/quick/versions/1.0.0/invocations', record)

  test('is asked once more, within the one deadline, and nobody notices but by the time it takes', async () => {
    let calls = 0
    rig.host.scripts.set('quick-1.0.0', (request) => {
      calls += 1
      if (calls === 1) throw starting()
      return predicts(() => 7)(request)
    })
    const response = await askQuick()
    expect(await response.json()).toEqual({ predictions: [7] })
    const [first, second, ...more] = rig.host.sent.map(({ request }) => request)
    expect(more).toEqual([])
    expect(second?.body).toBe(first?.body)
    expect(second?.timeoutMs).toBeLessThanOrEqual(750)
    expect(second?.timeoutMs).toBeGreaterThan(500)
  })

  test('and still does so then is told as a 503 that says when to come back', async () => {
    rig.host.scripts.set('quick-1.0.0', () => {
      throw starting()
    })
    const response = await askQuick()
    await problemIn(response, 'endpoint-unavailable')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(rig.host.sent).toHaveLength(2)
  })

  test.each<[string, Error]>([
    ['whose server ended', new Problem('endpoint-unavailable', 'its server has ended')],
    ['that took too long', new Problem('model-timeout', 'no prediction within 1 s')],
    ['that is busy', new Problem('model-busy', 'too much')],
    ['that failed', new Problem('model-failed', 'it failed')],
    ['that nobody has heard of again', new Error('socket hang up')],
  ])('is asked once %s: it may have been executed', async (_, error) => {
    jest.spyOn(console, 'error').mockImplementation(() => {})
    throwsFirst(error)
    expect((await ask()).status).not.toBe(200)
    expect(rig.host.sent).toHaveLength(1)
  })
})

describe('an endpoint that does not answer as it should', () => {
  test('and tells why is told of in its own words', async () => {
    rig.host.scripts.set('churn-1.0.0', () => says({ error: 'indices out of bounds' }, 500))
    expect((await problemIn(await ask(), 'model-failed')).detail).toMatch(/indices out of bounds/)
  })

  test.each(['', 'not JSON', '<html>', '{"error": {"nested": true}}', '{"predictions":[1]}'])(
    'and says %j is told of without it',
    async (body) => {
      rig.host.scripts.set('churn-1.0.0', () => says(body, 500))
      expect((await problemIn(await ask(), 'model-failed')).detail).toBe('churn 1.0.0 failed on this request')
    },
  )

  test('within its time is told of as a timeout', async () => {
    rig.host.scripts.set('churn-1.0.0', () => {
      throw new Problem('model-timeout', 'no prediction within 28 s')
    })
    await problemIn(await ask(), 'model-timeout')
  })

  test.each(['application/json', 'text/csv', 'application/jsonlines'])(
    'but says garbage with a 200 has failed, whoever accepts %s',
    async (accept) => {
      jest.spyOn(console, 'error').mockImplementation(() => {})
      rig.host.scripts.set('churn-1.0.0', () => says('\u0000 garbage'))
      await problemIn(await ask('', { accept }), 'model-failed')
    },
  )

  test.each(['text/csv', 'application/jsonlines', 'application/x-npy'])(
    'but says what only begins like an answer has failed, for whoever accepts %s',
    async (accept) => {
      rig.host.scripts.set('churn-1.0.0', () => says('{"predictions":[1,,]}'))
      await problemIn(await ask('', { accept }), 'model-failed')
    },
  )

  test('for a reason of ours is a fault of the platform, logged and not shown', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {})
    const fault = new Error('SQLITE_CORRUPT at /secret/registry.sqlite')
    rig.host.scripts.set('churn-1.0.0', () => {
      throw fault
    })
    const { requestId, detail } = await problemIn(await ask(), 'platform-fault')
    expect(detail).not.toContain('SQLITE')
    expect(log).toHaveBeenCalledWith(requestId, fault)
  })

  test('gets the time that its manifest gives it', async () => {
    await rig.release('churn', '3.0.0', churn, 'host: {timeoutSeconds: 7}')
    await ask('/versions/3.0.0')
    await ask('/versions/1.0.0')
    expect(rig.host.sent.map(({ request }) => request.timeoutMs)).toEqual([7000, 28_000])
  })
})

describe('a canary', () => {
  test.each([
    [1, 0, '1.1.0'],
    [1, 0.00999, '1.1.0'],
    [1, 0.01, '1.0.0'],
    [20, 0.19, '1.1.0'],
    [20, 0.2, '1.0.0'],
    [20, 0.99, '1.0.0'],
    [99, 0.98, '1.1.0'],
    [99, 0.995, '1.0.0'],
    [0, 0, '1.0.0'],
  ])('of weight %d answers a draw of %d by %s', async (weight, draw, version) => {
    await rig.move('churn', { aliases: { live: canaryOf(weight) } })
    rig.draw = draw
    expect(versionOf(await ask())).toBe(version)
  })

  test('of one alias leaves the other aliases alone', async () => {
    await rig.move('churn', { aliases: { live: stable, staging: canaryOf(99) } })
    rig.draw = 0
    expect(versionOf(await ask())).toBe('1.0.0')
    expect(versionOf(await ask('/aliases/staging'))).toBe('1.1.0')
  })

  const callers = Array.from({ length: 300 }, (_, i) => `caller-${i}`)
  async function chosenBy(weight: number, rollout: string): Promise<Set<string>> {
    await rig.move('churn', { aliases: { live: canaryOf(weight, rollout) } })
    const chosen = new Set<string>()
    for (const caller of callers)
      if (versionOf(await ask('', { 'model-affinity': caller })) === '1.1.0') chosen.add(caller)
    return chosen
  }

  test('keeps a caller with an affinity key, whatever chance would have it', async () => {
    await rig.move('churn', { aliases: { live: canaryOf(50) } })
    for (const caller of callers.slice(0, 20)) {
      const seen = new Set<string | null>()
      for (const draw of [0, 0.25, 0.5, 0.75, 0.99]) {
        rig.draw = draw
        seen.add(versionOf(await ask('', { 'model-affinity': caller })))
      }
      expect(seen.size).toBe(1)
    }
  })

  test('gets its weight’s share of callers, keeps them as the weight rises, and others in another rollout', async () => {
    const [small, large, other] = [
      await chosenBy(20, 'promotion-1'),
      await chosenBy(50, 'promotion-1'),
      await chosenBy(20, 'promotion-2'),
    ]
    // 300 callers: four standard deviations are 28 of 60 and 35 of 150.
    expect(Math.abs(small.size - 60)).toBeLessThan(28)
    expect(Math.abs(large.size - 150)).toBeLessThan(35)
    for (const caller of small) expect(large).toContain(caller)
    expect(other).not.toEqual(small)
  })
})

describe('an outcome', () => {
  beforeEach(() => rig.move('churn', { aliases: { live: canaryOf(50), staging: stable } }))
  const fails = (code: ProblemCode) => () => {
    throw new Problem(code, 'as the test says')
  }
  const counted = () => rig.metrics.outcomes

  test('is counted with its rollout, its step and the variant that answered', async () => {
    rig.draw = 0
    await ask()
    rig.draw = 0.9
    await ask()
    const latencyMs = expect.any(Number)
    const counts = { model: 'churn', rollout: 'promotion-1', step: 0, failed: false, latencyMs }
    expect(counted()).toEqual([
      { ...counts, version: '1.1.0', variant: 'canary' },
      { ...counts, version: '1.0.0', variant: 'stable' },
    ])
    for (const { latencyMs } of counted()) expect(latencyMs).toBeGreaterThan(0)
  })

  test('is counted before the answer is given', async () => {
    const pending = ask()
    expect((await pending).status).toBe(200)
    expect(counted()).toHaveLength(1)
  })

  test('tells callers with a key apart, without their keys', async () => {
    for (const key of ['customer@example.org', 'customer@example.org', 'other'])
      await ask('', { 'model-affinity': key })
    const callers = counted().map(({ caller }) => caller)
    expect(callers[0]).toMatch(/^[0-9a-f]{16,64}$/)
    expect(callers[0]).toBe(callers[1])
    expect(callers[0]).not.toBe(callers[2])
    expect(JSON.stringify(counted())).not.toContain('example.org')
  })

  test('has the latency of the model, not of the caller’s upload', async () => {
    rig.host.scripts.set('churn-1.0.0', async () => {
      const until = performance.now() + 30
      while (performance.now() < until) await Promise.resolve()
      return says({ predictions: [1] })
    })
    rig.draw = 0.9
    await ask()
    expect(counted()[0]?.latencyMs).toBeGreaterThanOrEqual(29)
  })

  test.each(['model-timeout', 'endpoint-unavailable'] as const)('is a failure for %s', async (code) => {
    rig.host.scripts.set('churn-1.0.0', fails(code))
    rig.draw = 0.9
    await problemIn(await ask(), code)
    expect(counted()).toMatchObject([{ variant: 'stable', failed: true }])
  })

  test('is a failure where the model failed', async () => {
    rig.host.scripts.set('churn-1.1.0', () => says({ error: 'no' }, 500))
    rig.draw = 0
    await problemIn(await ask(), 'model-failed')
    expect(counted()).toMatchObject([{ variant: 'canary', failed: true }])
  })

  test.each(['application/json', 'text/csv'])(
    'is a failure where the model says garbage to who accepts %s',
    async (accept) => {
      jest.spyOn(console, 'error').mockImplementation(() => {})
      rig.host.scripts.set('churn-1.1.0', () => says('garbage'))
      rig.draw = 0
      await ask('', { accept })
      expect(counted()).toMatchObject([{ variant: 'canary', failed: true }])
    },
  )

  test('is a failure where the signature refuses what callers send', async () => {
    await problemIn(await rig.json('/models/churn/invocations', { tenure: 1 }), 'request-invalid')
    expect(counted()).toMatchObject([{ failed: true }])
  })

  test.each<[ProblemCode, RequestInit]>([
    ['body-malformed', { body: '{' }],
    ['body-malformed', { body: '[]' }],
    ['content-type-unknown', { body: 'x', headers: { 'content-type': 'text/plain' } }],
    ['not-acceptable', { body: JSON.stringify(record), headers: { accept: 'text/html' } }],
  ])('is no failure of the version for %s', async (code, init) => {
    const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>) }
    await problemIn(await rig.call('/models/churn/invocations', { ...init, headers }), code)
    expect(counted()).toMatchObject([{ failed: false }])
  })

  test('is no failure of the version for a body that is too large for the gateway, or for its host', async () => {
    const padded = JSON.stringify(record).padEnd(10 * 1024 * 1024 + 1, ' ')
    const long = JSON.stringify({ tenure: 1, plan: 'x'.repeat(6 * 1024 * 1024) })
    for (const version of ['1.0.0', '1.1.0'])
      await rig.release('open', version, {
        ...churn,
        inputs: churn.inputs.map(({ values: _, ...field }) => field),
      })
    await rig.move('open', { aliases: { live: canaryOf(50) } })
    for (const [model, body] of [
      ['churn', padded],
      ['open', long],
    ])
      await problemIn(
        await rig.call(`/models/${model}/invocations`, {
          body: body ?? '',
          headers: { 'content-type': 'application/json' },
        }),
        'body-too-large',
      )
    expect(rig.host.sent).toEqual([])
    expect(counted().filter(({ failed }) => failed)).toEqual([])
  })

  test.each(['/versions/1.0.0', '/versions/1.1.0', '/versions/1', '/aliases/staging'])(
    'is not counted for %s, which no rollout moves',
    async (path) => {
      expect((await ask(path)).status).toBe(200)
      expect(counted()).toEqual([])
    },
  )

  test('is not counted where no version was found', async () => {
    await ask('/versions/9.9.9')
    await ask('/aliases/nobody')
    expect(counted()).toEqual([])
  })

  test('that cannot be counted does not take the answer from the caller', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => {})
    rig.metrics.fault = new Error('the counters are away')
    const response = await ask()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ predictions: [0] })
  })
})

describe('a version that changes', () => {
  test('is served as it is now, at once', async () => {
    const endpoint = { host: 'process', name: 'moved-elsewhere' }
    expect((await ask()).status).toBe(200)
    const seen = { state: 'READY' } as const
    await rig.registry.changeVersion('churn', { version: '1.0.0', seen, facts: { endpoint } })
    await ask()
    expect(rig.host.sent.map(({ endpoint: name }) => name)).toEqual(['churn-1.0.0', 'moved-elsewhere'])
    const facts = { signature: sums }
    await rig.registry.changeVersion('churn', { version: '1.0.0', seen, facts })
    await problemIn(await ask(), 'request-invalid')
    expect((await rig.json('/models/churn/invocations', { a: 1, b: 2 })).status).toBe(200)
    await rig.registry.changeVersion('churn', { version: '1.0.0', seen, facts: { state: 'RETIRED' } })
    await problemIn(await ask('/versions/1.0.0'), 'version-retired')
  })

  test('and an alias that moves is followed by the very next call', async () => {
    for (const version of ['1.1.0', '1.0.0', '1.2.0']) {
      await rig.move('churn', { aliases: { live: { stable: version, by: 'x' } } })
      expect(versionOf(await ask())).toBe(version)
    }
  })
})

describe('a golden request', () => {
  const bodies: Readonly<Record<string, string | Uint8Array>> = {
    'one.json': '{"a": 1, "b": 2}',
    'two.csv': 'b,a\n2,1\n4,3\n',
    'three.jsonl': '{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n',
    'four.npy': writeNpy({ shape: [2, 2], values: [1, 2, 3, 4] }),
  }
  const types = ['application/json', 'text/csv', 'application/jsonlines', 'application/x-npy']
  const examples = Object.keys(bodies).map((request) => `  - {request: ${request}, expect: expected.json}`)
  const manifest = `examples:\n${examples.join('\n')}\n`

  /** Prove a version as its release does, and hear what came of it. */
  async function prove(expected: unknown): Promise<unknown> {
    const files: FrozenFile[] = [...Object.keys(bodies), 'expected.json'].map((path) => {
      return { path, size: 1, sha256: 'ab'.repeat(32), ref: path }
    })
    const released = readyRecord('sums', '1.0.0', sums, manifest)
    await rig.registry.claim({
      ...released,
      artifact: { digest: 'sha256:x', sizeBytes: 1, files },
    })
    await rig.registry.open(operationRecord('release-1', { kind: 'release', model: 'sums' }))
    const store = {
      read: async ({ ref }: FrozenFile) => {
        const content = ref === 'expected.json' ? JSON.stringify(expected) : (bodies[ref] ?? '')
        return typeof content === 'string' ? new TextEncoder().encode(content) : content
      },
    }
    const { registry, host } = rig
    const ports = { registry, host, store, clock: { now: () => 0 } } as unknown as Ports
    return proveVersion(ports)({ operation: 'release-1', execution: 0 }).catch((error) => error.facts)
  }

  test('goes the way that every request goes: the same bytes reach the endpoint', async () => {
    rig.host.scripts.set(
      'sums-1.0.0',
      predicts(() => 1),
    )
    await prove({ predictions: [1] })
    const golden = rig.host.sent.splice(0).map(({ request }) => request)
    for (const [i, body] of Object.values(bodies).entries())
      await rig.call('/models/sums/versions/1.0.0/invocations', {
        body: body as string,
        headers: { 'content-type': types[i] ?? '' },
      })
    expect(golden).toHaveLength(4)
    expect(rig.host.sent.map(({ request }) => request)).toEqual(golden)
  })

  test('that is answered otherwise than expected is told of, each at its place', async () => {
    rig.host.scripts.set('sums-1.0.0', ({ body }) => {
      const { inputs } = JSON.parse(String(body)) as { inputs: { a: number[]; b: number[] } }
      return says({ predictions: inputs.a.map((a, i) => a + (inputs.b[i] ?? 0)) })
    })
    expect(await prove({ predictions: [3, 8] })).toMatchObject({
      code: 'golden-check-failed',
      errors: [
        { pointer: '/examples/0/predictions' },
        { pointer: '/examples/1/predictions/1', found: '7' },
        { pointer: '/examples/2/predictions/1', found: '7' },
        { pointer: '/examples/3/predictions/1', found: '7' },
      ],
    })
  })

  test.each<[string, () => ReturnType<typeof says>]>([
    ['an error', () => says({ error: 'no' }, 500)],
    ['garbage', () => says('garbage')],
    ['nothing', () => says('')],
  ])('that is answered with %s fails the release, and is no fault of the platform', async (_, script) => {
    rig.host.scripts.set('sums-1.0.0', script)
    expect(await prove({ predictions: [3] })).toMatchObject({ code: 'golden-check-failed' })
  })
})
