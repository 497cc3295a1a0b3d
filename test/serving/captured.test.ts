import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Signature } from '../../lib/rules/signature.ts'
import { Rig, says } from './rig.ts'

const signature: Signature = {
  inputs: [{ name: 'age', type: 'float64', shape: [] }],
  outputs: [{ name: 'score', type: 'float64', shape: [] }],
}
const path = '/models/churn/versions/1.0.0/invocations'
let rig: Rig

beforeEach(() => {
  rig = new Rig()
})
afterEach(() => rig.close())

const release = (capture: string, of: Signature | undefined = signature) =>
  rig.release('churn', '1.0.0', of, `capture: ${capture}\n`)

describe('a call of a version that is recorded', () => {
  test('is handed over with what was asked and answered', async () => {
    await release('{samplePercent: 100}')
    await rig.json(path, [{ age: 41 }, { age: 42 }], { 'x-request-id': 'mine' })
    expect(rig.captures.calls).toMatchObject([
      {
        ...{ requestId: 'mine', model: 'churn', version: '1.0.0', variant: 'stable' },
        ...{ atMs: Date.parse('2026-03-01T10:00:00Z'), asked: { records: [{ age: 41 }, { age: 42 }] } },
      },
    ])
    expect(new TextDecoder().decode(rig.captures.calls[0]?.answer)).toBe('{"predictions":[0.5,0.5]}')
  })

  test('is recorded only where chance has it', async () => {
    await release('{samplePercent: 50}')
    rig.draw = 0.5
    await rig.json(path, { age: 41 })
    expect(rig.captures.calls).toHaveLength(0)
    rig.draw = 0.49
    await rig.json(path, { age: 41 })
    expect(rig.captures.calls).toHaveLength(1)
  })

  test('is not recorded where nobody asked for it', async () => {
    await release('{samplePercent: 0}')
    rig.draw = 0
    await rig.json(path, { age: 41 })
    expect(rig.captures.calls).toHaveLength(0)
  })

  test('that the model failed on is recorded with why, and one that never reached it is not', async () => {
    await release('{samplePercent: 100}')
    await rig.json(path, { age: 'old' })
    expect(rig.captures.calls).toHaveLength(0)
    const { name } = (await rig.registry.version('churn', '1.0.0'))?.endpoint ?? { name: '' }
    rig.host.scripts.set(name, () => says({ error: 'no' }, 500))
    const answer = await rig.json(path, { age: 41 })
    expect(answer.status).toBe(502)
    expect(rig.captures.calls).toMatchObject([{ problem: 'model-failed', asked: { records: [{ age: 41 }] } }])
    expect(rig.captures.calls[0]).not.toHaveProperty('answer')
  })
})
