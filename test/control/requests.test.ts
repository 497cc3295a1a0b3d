import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Operation } from '../../lib/rules/operation.ts'
import type { ProblemCode } from '../../lib/rules/problem.ts'
import { defaultLimits, defaultRollout, rolloutDeadline } from '../../lib/rules/rollout.ts'
import { problemIn } from '../harness/problem-document.ts'
import { versionRecord } from '../harness/records.ts'
import { churn, Rig } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await rig.release(version)
  await rig.registry.claim(versionRecord('churn', '2.0.0'))
  await rig.registry.claim(versionRecord('churn', '2.1.0', { state: 'FAILED' }))
  await rig.registry.claim(versionRecord('churn', '2.2.0', { state: 'RETIRED' }))
  await rig.promote('1.0.0')
})
afterEach(() => rig.close())

/** An answer that says: asked for, and under way. */
async function accepted(response: Response): Promise<Operation> {
  expect(response.status).toBe(202)
  const operation = (await response.json()) as Operation
  expect(response.headers.get('location')).toBe(`/operations/${operation.id}`)
  expect(await (await rig.get(`/operations/${operation.id}`)).json()).toEqual(operation)
  expect(operation.id).toMatch(/^[0-9A-Za-z_-]{1,80}$/)
  return operation
}

/** A refusal that has left nothing behind: no move, no operation, no machine. */
async function refusedEntirely(
  response: Response,
  code: ProblemCode,
  before: Awaited<ReturnType<typeof state>>,
) {
  const problem = await problemIn(response, code)
  expect(await state()).toEqual(before)
  expect(rig.started).toEqual([])
  return problem
}
async function state() {
  return { record: await rig.registry.model('churn'), operations: await rig.registry.operations('churn') }
}
const live = async () => (await rig.registry.model('churn'))?.aliases['live']

describe('a promotion', () => {
  test('is written down, started once, and answered with its place', async () => {
    const operation = await accepted(await rig.ask('promotions', { version: '1.1.0', reason: 'better' }))
    expect(operation).toMatchObject({
      kind: 'promotion',
      model: 'churn',
      version: '1.1.0',
      alias: 'live',
      actor: 'ada',
      reason: 'better',
      state: 'running',
      startedAt: '2026-03-01T10:00:00.000Z',
      rollout: { plan: defaultRollout, limits: defaultLimits, step: -1, looks: 0 },
    })
    expect(operation.deadline).toBe(rolloutDeadline(defaultRollout, rig.now))
    expect(rig.started.map(({ operation: started }) => started)).toEqual([operation])
    expect(await rig.registry.unfinished()).toEqual([operation])
  })

  test('moves nothing by itself', async () => {
    const before = await live()
    await accepted(await rig.ask('promotions', { version: '1.1.0' }))
    expect(await live()).toEqual(before)
  })

  test.each([
    ['canary:10%/600s,50%/60s', [10, 50]],
    [{ kind: 'canary', steps: [{ weightPercent: 5, bakeTimeSeconds: 0 }] }, [5]],
    ['all-at-once', undefined],
    [{ kind: 'all-at-once' }, undefined],
    ['linear:25%/1s', undefined],
    [{ kind: 'linear', stepPercent: 25, bakeTimeSeconds: 1 }, undefined],
  ])('takes its rollout as %j', async (rollout, weights) => {
    const { rollout: progress } = await accepted(await rig.ask('promotions', { version: '1.1.0', rollout }))
    const plan = progress?.plan
    expect(plan?.kind).toBe(typeof rollout === 'string' ? rollout.split(':')[0] : rollout.kind)
    if (weights !== undefined && plan?.kind === 'canary')
      expect(plan.steps.map(({ weightPercent }) => weightPercent)).toEqual(weights)
  })

  test('follows the version’s manifest where it is silent', async () => {
    const manifest = `
release:
  alias: staging
  rollout: {kind: canary, steps: [{weightPercent: 7, bakeTimeSeconds: 3}]}
  limits: {maxErrorRatePercent: 5, minRequests: 9}
`
    await rig.release('1.3.0', manifest)
    const silent = await accepted(await rig.ask('promotions', { version: '1.3.0' }))
    expect(silent).toMatchObject({
      alias: 'staging',
      rollout: {
        plan: { kind: 'canary', steps: [{ weightPercent: 7, bakeTimeSeconds: 3 }] },
        limits: { maxErrorRatePercent: 5, maxLatencyP95Ratio: 1.5, minRequests: 9 },
      },
    })
    const told = await accepted(
      await rig.ask('promotions', { version: '1.3.0', alias: 'live', rollout: 'all-at-once' }),
    )
    expect(told).toMatchObject({ alias: 'live', rollout: { plan: { kind: 'all-at-once' } } })
  })

  test('may go to an alias of any name, new or old', async () => {
    const { alias } = await accepted(await rig.ask('promotions', { version: '1.0.0', alias: 'staging' }))
    expect(alias).toBe('staging')
  })

  test('asked for twice at once is two operations, each with an id of its own', async () => {
    const asked = { version: '1.1.0' }
    const both = await Promise.all([rig.ask('promotions', asked), rig.ask('promotions', asked)])
    const ids = (await Promise.all(both.map(accepted))).map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
  })

  test.each<[unknown, ProblemCode, RegExp]>([
    [{ version: '9.9.9' }, 'version-unknown', /9\.9\.9/],
    [{ version: '2.0.0' }, 'version-not-ready', /CREATING/],
    [{ version: '2.1.0' }, 'version-not-ready', /FAILED/],
    [{ version: '2.2.0' }, 'version-retired', /retired/],
    [{ version: '1.0.0' }, 'already-live', /1\.0\.0/],
    [{ version: '1' }, 'version-malformed', /'1'/],
    [{ version: '1.1.0', alias: 'previous' }, 'alias-malformed', /previous/],
    [{ version: '1.1.0', alias: 'Not An Alias' }, 'alias-malformed', /Not An Alias/],
    [{ version: '1.1.0', rollout: 'canary' }, 'rollout-malformed', /'canary'/],
    [{ version: '1.1.0', rollout: 'canary:50%/1s,10%/1s' }, 'rollout-malformed', /10 %/],
    [{ version: '1.1.0', rollout: 'canary:10%/600' }, 'rollout-malformed', /all-at-once/],
    [{ version: '1.1.0', rollout: '' }, 'rollout-malformed', /''/],
  ])('%j is refused as %s', async (asked, code, detail) => {
    const before = await state()
    const problem = await refusedEntirely(await rig.ask('promotions', asked), code, before)
    expect(problem.detail).toMatch(detail)
  })

  test('is refused while another rollout moves the alias, and told which', async () => {
    await rig.startCanary('1.1.0')
    const before = await state()
    for (const version of ['1.1.0', '1.2.0']) {
      const response = await rig.ask('promotions', { version })
      const { detail } = await refusedEntirely(response, 'rollout-under-way', before)
      expect(detail).toContain('promotion-of-1.1.0')
    }
    await accepted(await rig.ask('promotions', { version: '1.2.0', alias: 'staging' }))
  })

  test.each<[unknown, string]>([
    [{}, '/version'],
    [{ version: 7 }, '/version'],
    [{ version: '1.1.0', reason: '' }, '/reason'],
    [{ version: '1.1.0', reason: '   ' }, '/reason'],
    [{ version: '1.1.0', reason: 'x'.repeat(501) }, '/reason'],
    [{ version: '1.1.0', reason: 'x\u001b[2J' }, '/reason'],
    [{ version: '1.1.0', reason: 'x\rapproved' }, '/reason'],
    [{ version: '1.1.0', reason: '\ud800' }, '/reason'],
    [{ version: '1.1.0', ['k'.repeat(10_000)]: 7 }, ''],
    [{ version: '1.1.0', alias: 7 }, '/alias'],
    [[], ''],
    ['"1.1.0"', ''],
    ['null', ''],
  ])('%j is refused, naming the field', async (asked, pointer) => {
    const before = await state()
    const problem = await refusedEntirely(await rig.ask('promotions', asked), 'request-malformed', before)
    expect(problem.errors.map((one) => one.pointer)).toContain(pointer)
    expect(problem.detail.length).toBeLessThan(300)
  })

  test('with a reason of 500 characters is taken, and its blanks are trimmed', async () => {
    const reason = 'x'.repeat(500)
    const asked = { version: '1.1.0', reason: `  ${reason} ` }
    expect((await accepted(await rig.ask('promotions', asked))).reason).toBe(reason)
  })

  test.each([
    ['{"version": "1.1.0"', /JSON/],
    ['version=1.1.0', /JSON/],
  ])('with the body %j is refused', async (body, detail) => {
    const before = await state()
    const problem = await refusedEntirely(await rig.ask('promotions', body), 'body-malformed', before)
    expect(problem.detail).toMatch(detail)
  })

  test.each([
    [{ version: '1.1.0', rolout: 'all-at-once' }, '/rolout', /did you mean 'rollout'/],
    [{ verison: '1.1.0' }, '/verison', /did you mean 'version'/],
    [{ version: '1.1.0', model: 'churn' }, '/model', /the unknown key 'model'/],
  ])('%j is told what was meant', async (asked, pointer, found) => {
    const before = await state()
    const { errors } = await refusedEntirely(await rig.ask('promotions', asked), 'request-malformed', before)
    const finding = errors.find((one) => one.pointer === pointer)
    expect(finding?.found).toMatch(found)
    expect(finding?.allowed).toMatch(/^version, alias, then, rollout, reason/)
  })

  test.each<[unknown, string, RegExp]>([
    [{ kind: 'canary', steps: [] }, '/rollout', /./],
    [{ kind: 'canary', stepz: [] }, '/rollout', /steps/],
    [{ kind: 'canry', steps: [] }, '/rollout', /canary/],
    [{ kind: 'canary', steps: [{ weightPercent: 0, bakeTimeSeconds: 1 }] }, '/rollout', /1/],
    [{ kind: 'canary', steps: [{ weightPercent: 100, bakeTimeSeconds: 1 }] }, '/rollout', /99/],
    [
      {
        kind: 'canary',
        steps: [
          { weightPercent: 50, bakeTimeSeconds: 1 },
          { weightPercent: 10, bakeTimeSeconds: 1 },
        ],
      },
      '/rollout',
      /rise from step to step/,
    ],
    [{ kind: 'linear', stepPercent: 60, bakeTimeSeconds: 1 }, '/rollout', /50/],
    [7, '/rollout', /./],
  ])(
    'with the rollout %j is told what is wrong with it and what is allowed',
    async (rollout, at, allowed) => {
      const before = await state()
      const response = await rig.ask('promotions', { version: '1.1.0', rollout })
      const { errors, code } = JSON.parse(await response.clone().text())
      const problem = await refusedEntirely(response, code, before)
      expect(['request-malformed', 'rollout-malformed']).toContain(code)
      const said = errors.length === 0 ? problem.detail : JSON.stringify(errors)
      expect(said).toMatch(allowed)
      expect(said).not.toMatch(/Invalid input|\[object/)
      if (errors.length > 0) expect(errors[0].pointer.startsWith(at)).toBe(true)
    },
  )
})

describe('the gates of a promotion', () => {
  const { inputs, outputs } = churn
  const narrower = { inputs: [...inputs, { name: 'age', type: 'int8', shape: [] } as const], outputs }
  const held = 'release: {metrics: {auc: {better: higher}}}\nsource: {metrics: {auc: 0.7}}\n'

  test('are noted on the operation that is begun', async () => {
    const { gates } = await accepted(await rig.ask('promotions', { version: '1.1.0' }))
    expect(gates).toEqual([
      { gate: 'compatibility', found: 'backward: 1.0.0 to 1.1.0 changes nothing for callers' },
    ])
    expect(rig.started[0]?.operation.gates).toEqual(gates)
  })

  test('refuse it at once where callers would break', async () => {
    await rig.release('1.3.0', '', 'churn', narrower)
    const before = await state()
    const { errors } = await refusedEntirely(
      await rig.ask('promotions', { version: '1.3.0' }),
      'contract-broken',
      before,
    )
    expect(errors).toEqual([
      {
        pointer: '/signature/inputs/age',
        found: 'age: int8',
        allowed: 'nothing',
        change: { callers: 'breaks', what: 'input added', why: 'every request has to hold it' },
      },
    ])
    // Nobody calls it by this alias yet.
    await accepted(await rig.ask('promotions', { version: '1.3.0', alias: 'staging' }))
  })

  test('refuse it at once where a metric is worse, or was not measured', async () => {
    await rig.release('1.3.0', 'source: {metrics: {auc: 0.8}}\n')
    await rig.promote('1.3.0')
    await rig.release('1.4.0', held)
    await rig.release('1.5.0', held.replace('auc: 0.7', 'f1: 1'))
    const before = await state()
    for (const [version, found] of [
      ['1.4.0', 'auc 0.7'],
      ['1.5.0', 'no auc'],
    ]) {
      const { errors } = await refusedEntirely(
        await rig.ask('promotions', { version }),
        'metrics-worse',
        before,
      )
      expect(errors).toEqual([
        {
          pointer: '/source/metrics/auc',
          found,
          allowed: 'auc at least 0.8 (1.3.0 has 0.8, margin 0)',
        },
      ])
    }
  })

  test('do not stand in the way of a rollback', async () => {
    await rig.release('2.3.0', '', 'churn', narrower)
    await rig.promote('2.3.0')
    await accepted(await rig.ask('rollbacks', { to: '1.1.0', reason: 'a test' }))
    expect((await live())?.stable).toBe('1.1.0')
  })
})

describe('a rollback', () => {
  test('has moved the alias before it is answered, and before its machine begins', async () => {
    await rig.promote('1.1.0')
    const rev = (await rig.registry.model('churn'))?.rev ?? 0
    const operation = await accepted(await rig.ask('rollbacks', { reason: 'it is slow' }))
    expect(operation).toMatchObject({
      kind: 'rollback',
      alias: 'live',
      version: '1.0.0',
      from: '1.1.0',
      reason: 'it is slow',
      actor: 'ada',
    })
    expect(await live()).toEqual({ stable: '1.0.0', by: operation.id })
    expect(rig.started).toHaveLength(1)
    expect(rig.started[0]?.record?.aliases['live']?.stable).toBe('1.0.0')
    const history = await rig.registry.history('churn', rev)
    expect(history).toMatchObject([
      {
        rev: rev + 1,
        kind: 'rolled-back',
        version: '1.0.0',
        from: '1.1.0',
        alias: 'live',
        actor: 'ada',
        reason: 'it is slow',
        operation: operation.id,
      },
    ])
  })

  test('after the clock was set back is no older in the history than what was before it', async () => {
    await rig.promote('1.1.0')
    const [before] = (await rig.registry.history('churn')).slice(-1)
    rig.now -= 24 * 3600 * 1000
    await accepted(await rig.ask('rollbacks', { reason: 'the clock was wrong' }))
    const [after] = (await rig.registry.history('churn')).slice(-1)
    expect(after?.kind).toBe('rolled-back')
    expect(before?.at).toMatch(/^2026-/)
    expect(after?.at).toBe(before?.at)
  })

  test('rejects the version it leaves, so that no range reaches it', async () => {
    await rig.promote('1.1.0')
    await accepted(await rig.ask('rollbacks', { reason: 'x' }))
    expect((await rig.registry.model('churn'))?.accepted).toEqual(['1.0.0'])
  })

  test('out of a canary takes its traffic, leaves what is stable, and rejects it', async () => {
    await rig.promote('1.1.0')
    await rig.promote('1.0.0')
    await rig.startCanary('1.1.0', 50)
    expect((await rig.registry.model('churn'))?.accepted).toContain('1.1.0')
    const operation = await accepted(await rig.ask('rollbacks', { reason: 'x' }))
    expect(operation).toMatchObject({ version: '1.0.0', from: '1.1.0' })
    expect(await live()).toEqual({ stable: '1.0.0', previous: '1.1.0', by: operation.id })
    expect((await rig.registry.model('churn'))?.accepted).toEqual(['1.0.0'])
  })

  test('goes to a version that is named, whatever was served before', async () => {
    await rig.promote('1.1.0')
    const operation = await accepted(await rig.ask('rollbacks', { to: '1.2.0', reason: 'x' }))
    expect(operation).toMatchObject({ version: '1.2.0', to: '1.2.0', from: '1.1.0' })
    expect((await live())?.stable).toBe('1.2.0')
    expect(await rig.registry.unfinished()).toEqual([operation])
  })

  test('of another alias leaves live alone, and accepted as it is', async () => {
    await rig.promote('1.0.0', 'staging')
    await rig.promote('1.1.0', 'staging')
    const before = await rig.registry.model('churn')
    await accepted(await rig.ask('rollbacks', { alias: 'staging', reason: 'x' }))
    const after = await rig.registry.model('churn')
    expect(after?.aliases['staging']?.stable).toBe('1.0.0')
    expect(after?.aliases['live']).toEqual(before?.aliases['live'])
    expect(after?.accepted).toEqual(before?.accepted)
  })

  test.each<[unknown, ProblemCode]>([
    [{ reason: 'x' }, 'nothing-to-return-to'],
    [{ reason: 'x', alias: 'nobody' }, 'alias-unknown'],
    [{ reason: 'x', alias: 'previous' }, 'alias-malformed'],
    [{ reason: 'x', to: '1.0.0' }, 'already-live'],
    [{ reason: 'x', to: '9.9.9' }, 'version-unknown'],
    [{ reason: 'x', to: '2.0.0' }, 'version-not-ready'],
    [{ reason: 'x', to: '2.2.0' }, 'version-retired'],
    [{ reason: 'x', to: '1' }, 'version-malformed'],
    [{ to: '1.1.0' }, 'request-malformed'],
    [{ reason: ' ', to: '1.1.0' }, 'request-malformed'],
    [{ reason: 'x', toe: '1.1.0' }, 'request-malformed'],
    ['', 'request-malformed'],
  ])('%j is refused as %s, and nothing has moved', async (asked, code) => {
    const before = await state()
    await refusedEntirely(await rig.ask('rollbacks', asked), code, before)
  })

  test('is refused where it names the very canary it would leave', async () => {
    await rig.startCanary('1.1.0')
    const before = await state()
    await refusedEntirely(
      await rig.ask('rollbacks', { reason: 'x', to: '1.1.0' }),
      'rollout-under-way',
      before,
    )
  })

  test('asked for twice at once moves once, and leaves no operation that nobody works on', async () => {
    await rig.promote('1.1.0')
    const asked = { reason: 'we are both on call' }
    const both = await Promise.all([rig.ask('rollbacks', asked), rig.ask('rollbacks', asked)])
    expect(both.map(({ status }) => status).toSorted()).toEqual([202, 409])
    expect((await live())?.stable).toBe('1.0.0')
    const begun = rig.started.map(({ operation }) => operation.id)
    expect((await rig.registry.unfinished()).map(({ id }) => id)).toEqual(begun)
  })
})

describe('a retirement', () => {
  test('is written down and started, and the version stays until its machine retires it', async () => {
    const operation = await accepted(await rig.ask('retirements', { version: '1.1.0', reason: 'old' }))
    expect(operation).toMatchObject({ kind: 'retirement', version: '1.1.0', reason: 'old', actor: 'ada' })
    expect(rig.started.map(({ operation: started }) => started)).toEqual([operation])
    expect((await rig.registry.version('churn', '1.1.0'))?.state).toBe('READY')
  })

  test.each<[string, () => Promise<void>, string, RegExp]>([
    ['alias', async () => {}, '1.0.0', /alias 'live'/],
    ['other alias', () => rig.promote('1.2.0', 'staging'), '1.2.0', /alias 'staging'/],
    ['rollout', () => rig.startCanary('1.1.0'), '1.1.0', /rollout on alias 'live'/],
    ['way back', () => rig.promote('1.1.0'), '1.0.0', /way back of alias 'live'/],
    [
      'range',
      async () => {
        await rig.promote('1.1.0')
        await rig.promote('1.2.0')
      },
      '1.0.0',
      /range '1\.0'/,
    ],
  ])('of a version that an %s still reaches is refused, and told which', async (_, arrange, version, by) => {
    await arrange()
    const before = await state()
    const asked = { version, reason: 'old' }
    const { detail } = await refusedEntirely(await rig.ask('retirements', asked), 'still-in-use', before)
    expect(detail).toMatch(by)
  })

  test.each<[unknown, ProblemCode]>([
    [{ version: '9.9.9', reason: 'x' }, 'version-unknown'],
    [{ version: '2.0.0', reason: 'x' }, 'version-not-ready'],
    [{ version: '2.2.0', reason: 'x' }, 'version-retired'],
    [{ version: '1', reason: 'x' }, 'version-malformed'],
    [{ version: '1.1.0' }, 'request-malformed'],
    [{ reason: 'x' }, 'request-malformed'],
    [{ version: '1.1.0', reason: 'x', alias: 'live' }, 'request-malformed'],
  ])('%j is refused as %s', async (asked, code) => {
    const before = await state()
    await refusedEntirely(await rig.ask('retirements', asked), code, before)
  })
})

describe('a request for a model', () => {
  test.each(['promotions', 'rollbacks', 'retirements'])('that is not there is refused: %s', async (what) => {
    const response = await rig.call('POST', `/models/nobody/${what}`, { version: '1.0.0', reason: 'x' })
    await problemIn(response, 'model-unknown')
    expect(rig.started).toEqual([])
  })

  test.each(['promotions', 'rollbacks', 'retirements'])(
    'that has an impossible name is refused: %s',
    async (what) => {
      await problemIn(await rig.call('POST', `/models/No_Model/${what}`, {}), 'model-name-malformed')
    },
  )
})
