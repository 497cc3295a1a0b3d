import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openPromotion } from '../../lambdas/promotion/open-promotion.ts'
import { newModel } from '../../lib/rules/alias-move.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { Problem } from '../../lib/rules/problem.ts'
import { moveOf, operationRecord } from '../harness/records.ts'
import { refused } from '../harness/refused.ts'
import { says } from '../serving/rig.ts'
import { Rig, scored, tenures } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.release('1.0.0', () => 0.5, { manifest: 'capture: {samplePercent: 100}\n' })
})
afterEach(() => rig.close())

const held = (replay: string) => `release: {replay: ${replay}}\n`
const serve = async () =>
  rig.registry.commit(moveOf(newModel('churn'), 'churn', { aliases: { live: { stable: '1.0.0', by: 'p' } } }))

/** The candidate says 0.9 to the first ten of a hundred. */
async function candidate(
  replay: string,
  predict = ({ tenure }: { tenure: number }) => (tenure < 10 ? 0.9 : 0.5),
) {
  await rig.release('1.1.0', predict, { manifest: held(replay) })
}
async function open(): Promise<Operation> {
  await rig.registry.open(operationRecord('op-1', { version: '1.1.0' }))
  await openPromotion(rig.ports)({ operation: 'op-1', execution: 0 })
  return (await rig.registry.operation('op-1')) ?? operationRecord('none')
}
async function refusal(): Promise<Problem> {
  const problem = await refused(open())
  expect((await rig.registry.model('churn'))?.aliases['live']?.stable).toBe('1.0.0')
  return problem
}
const found = ({ gates = [] }: Operation) => gates.find(({ gate }) => gate === 'replay')?.found

describe('a version that is held to recorded requests', () => {
  test('and agrees often enough gets its traffic, and it is told how often', async () => {
    await serve()
    rig.record('1.0.0', tenures(100))
    await candidate('{last: 100, minAgreementPercent: 90}')
    expect(found(await open())).toBe(
      '90 of 100 replayed requests are answered as 1.0.0 answers them (90 %, 82.56 % to 94.47 % at large), at least 90 %',
    )
    expect((await rig.registry.model('churn'))?.aliases['live']?.stable).toBe('1.1.0')
  })

  test('and does not is refused with the worst cases, and all of it is kept', async () => {
    await serve()
    rig.record('1.0.0', tenures(100))
    await candidate('{last: 100, minAgreementPercent: 90.1}')
    const { code, message, errors } = await refusal()
    expect(code).toBe('replay-differs')
    expect(message).toContain('and 90.1 % are asked for; 10 of 100 rows differ: too few differences')
    expect(errors).toHaveLength(10)
    expect(errors[0]).toEqual({
      ...{
        pointer: '/release/replay',
        found: '0.9 for {"tenure":9,"plan":"basic"}',
        allowed: '0.5',
        offBy: 0.4,
      },
    })
    const { comparisons } = (await rig.call('GET', '/models/churn/comparisons')).json as {
      comparisons: string[]
    }
    const kept = await rig.call('GET', `/models/churn/comparisons/${comparisons[0]}`)
    expect(kept.json).toMatchObject({ by: 'op-1', report: { compared: 100, agreed: 90 } })
  })

  test('by a tolerance may be as far off as that', async () => {
    await serve()
    rig.record('1.0.0', tenures(100))
    await candidate('{last: 100, tolerance: 0.4}')
    expect(found(await open())).toContain('100 of 100')
  })

  test('goes on where nothing was recorded: who is the first to record must not be locked out', async () => {
    await serve()
    await candidate('{last: 100}')
    expect(found(await open())).toBe(
      'nothing to replay: no request of churn is recorded that could be sent anew',
    )
  })

  test('does not where its manifest asks for more rows than there are', async () => {
    await serve()
    rig.record(
      '1.0.0',
      tenures(5).map((one) => ({ ...one, tenure: one.tenure + 50 })),
    )
    await candidate('{last: 100, minRows: 6}')
    expect((await refusal()).message).toBe(
      'churn 1.1.0 was compared with 1.0.0 on 5 recorded requests, and 6 are needed',
    )
  })

  test('does not where there was something to compare and none of it was: unknown never promotes', async () => {
    await serve()
    rig.record('1.0.0', tenures(5))
    await candidate('{last: 100}')
    rig.host.scripts.set(await rig.endpoint('1.0.0'), () => says({ error: 'no' }, 500))
    expect((await refusal()).message).toBe(
      'churn 1.1.0 was compared with 1.0.0 on 0 recorded requests, and 1 is needed',
    )
  })

  test('is told with what it fails on', async () => {
    await serve()
    rig.record('1.0.0', tenures(100))
    await candidate('{last: 100}')
    rig.host.scripts.set(await rig.endpoint('1.1.0'), () => says({ error: 'no' }, 500))
    const { message, errors } = await refusal()
    expect(message).toContain('1.1.0 failed on 100 (model-failed)')
    expect(errors[0]?.found).toBe('the problem model-failed for {"tenure":99,"plan":"basic"}')
  })

  test('and is the first of its alias has none to be held to', async () => {
    await candidate('{last: 100}')
    expect(found(await open())).toBe('the first version here: there is none to be held to')
  })

  test('cannot be held to what answers nothing alike', async () => {
    await serve()
    const outputs = [{ name: 'segment', type: 'string', shape: [] }] as const
    const manifest = `${held('{last: 10}').replace('replay', 'compatibility: none, replay')}`
    await rig.release('1.1.0', () => 'a', { manifest, signature: { ...scored, outputs } })
    expect((await refusal()).code).toBe('not-comparable')
  })

  test('by a manifest from before there was more to say than how many is held to what is usual', async () => {
    await serve()
    rig.record('1.0.0', tenures(100))
    await candidate('{last: 100}')
    const record = (await rig.registry.version('churn', '1.1.0')) as VersionRecord
    const release = { ...record.manifest?.release, replay: { last: 100 } }
    const manifest = { ...record.manifest, release } as unknown as NonNullable<VersionRecord['manifest']>
    await rig.registry.changeVersion('churn', {
      version: '1.1.0',
      seen: { state: 'READY' },
      facts: { manifest },
    })
    expect((await refusal()).message).toContain('and 95 % are asked for')
  })

  test('where nothing is asked for is asked nothing', async () => {
    await serve()
    rig.record('1.0.0', tenures(100))
    await candidate('{last: 0}')
    expect(found(await open())).toBeUndefined()
    expect(rig.host.sent).toHaveLength(0)
  })

  test('asks again where its step died before the move, and moves once', async () => {
    await serve()
    rig.record('1.0.0', tenures(10))
    await candidate('{last: 100}', () => 0.5)
    const commit = rig.registry.commit.bind(rig.registry)
    rig.registry.commit = async () => {
      throw new Error('it died')
    }
    await expect(open()).rejects.toThrow('it died')
    rig.registry.commit = commit
    expect(found(await open())).toContain('10 of 10')
    expect(rig.host.sent).toHaveLength(40)
    expect(await rig.registry.history('churn')).toHaveLength(2)
    expect((await open()).gates?.filter(({ gate }) => gate === 'replay')).toHaveLength(1)
    expect(rig.host.sent).toHaveLength(40)
  })
})
