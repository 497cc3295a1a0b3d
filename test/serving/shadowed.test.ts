import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { churn, Rig, says } from './rig.ts'

const shadow = { version: '1.1.0', samplePercent: 50, tolerance: 0.01, by: 'shadow-1' }
const path = '/models/churn/invocations'
let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.release('churn', '1.0.0', churn)
  await rig.release('churn', '1.1.0', churn)
  await live({ stable: '1.0.0', by: 'p', shadow })
  rig.draw = 0.49
})
afterEach(() => rig.close())

type Alias = Parameters<Rig['move']>[1]['aliases']
const live = (alias: NonNullable<Alias>[string]) => rig.move('churn', { aliases: { live: alias } })
const record = { tenure: 3, plan: 'gold' }

describe('a call of an alias with a shadow', () => {
  test('is handed over with what was asked and answered', async () => {
    const answer = await rig.json(path, [record, record], { 'x-request-id': 'mine' })
    expect(answer.headers.get('model-version')).toBe('1.0.0')
    expect(rig.shadowed).toMatchObject([
      {
        requestId: 'mine',
        model: 'churn',
        alias: 'live',
        version: '1.0.0',
        shadow,
        records: [record, record],
      },
    ])
    expect(new TextDecoder().decode(rig.shadowed[0]?.answer)).toBe('{"predictions":[0.5,0.5]}')
    expect(rig.host.sent).toHaveLength(1)
  })

  test('is handed over only where chance has it', async () => {
    rig.draw = 0.5
    await rig.json(path, record)
    expect(rig.shadowed).toHaveLength(0)
  })

  test('that asks for a version by its name, or that failed, is not', async () => {
    await rig.json('/models/churn/versions/1.0.0/invocations', record)
    await rig.json(path, { tenure: 'old' })
    const { name = '' } = (await rig.registry.version('churn', '1.0.0'))?.endpoint ?? {}
    rig.host.scripts.set(name, () => says({ error: 'no' }, 500))
    await rig.json(path, record)
    expect(rig.shadowed).toHaveLength(0)
  })

  test('that the canary answers is not: nobody is held to what is on trial itself', async () => {
    const canary = { version: '1.1.0', weightPercent: 99, rollout: 'r', step: 0 }
    await live({ stable: '1.0.0', by: 'p', canary, shadow })
    expect((await rig.json(path, record)).headers.get('model-version')).toBe('1.1.0')
    expect(rig.shadowed).toHaveLength(0)
  })
})
