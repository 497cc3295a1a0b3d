import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { schemaFindings } from '../../lib/rules/schema-findings.ts'

const step = z.strictObject({ weight: z.int().min(1).max(99) })
const schema = z.strictObject({
  version: z.string().max(5),
  reason: z.string().optional(),
  'a/b~c': z.array(z.strictObject({ name: z.enum(['alpha', 'beta']) })).optional(),
  rollout: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('at-once') }),
      z.strictObject({ kind: z.literal('canary'), steps: z.array(step) }),
    ])
    .optional(),
})

function findings(value: unknown) {
  const read = schema.safeParse(value, { reportInput: true })
  return schemaFindings(read.error?.issues ?? [], z.toJSONSchema(schema, { io: 'input' }) as object)
}

describe('a fault that a schema found', () => {
  test('is none where there is none', () => {
    expect(findings({ version: '1', rollout: { kind: 'at-once' } })).toEqual([])
  })

  test.each<[string, unknown, { pointer: string; found: string; allowed: string }]>([
    ['a key that is missing', {}, { pointer: '/version', found: 'nothing', allowed: 'a string' }],
    ['another type', { version: 5 }, { pointer: '/version', found: '5', allowed: 'a string' }],
    ['no object', [1], { pointer: '', found: '[1]', allowed: 'an object' }],
    [
      'an unknown key',
      { version: '1', raeson: 'x' },
      {
        pointer: '/raeson',
        found: "the unknown key 'raeson', did you mean 'reason'?",
        allowed: 'version, reason, a/b~c or rollout',
      },
    ],
    [
      'an unknown key that is like none',
      { version: '1', colour: 'x' },
      { pointer: '/colour', found: "the unknown key 'colour'", allowed: 'version, reason, a/b~c or rollout' },
    ],
    [
      'an unknown key with a slash',
      { version: '1', 'x/y~z': 1 },
      { pointer: '/x~1y~0z', found: "the unknown key 'x/y~z'", allowed: 'version, reason, a/b~c or rollout' },
    ],
    [
      'an unknown key under a key with a slash',
      { version: '1', 'a/b~c': [{ name: 'beta', nam: 1 }] },
      { pointer: '/a~1b~0c/0/nam', found: "the unknown key 'nam', did you mean 'name'?", allowed: 'name' },
    ],
    [
      'a value of a list of them',
      { version: '1', 'a/b~c': [{ name: 'betta' }] },
      { pointer: '/a~1b~0c/0/name', found: "'betta', did you mean 'beta'?", allowed: 'alpha or beta' },
    ],
    [
      'a value of a list of them, of another type',
      { version: '1', 'a/b~c': [{ name: 5 }] },
      { pointer: '/a~1b~0c/0/name', found: '5', allowed: 'alpha or beta' },
    ],
    [
      'a kind that there is not',
      { version: '1', rollout: { kind: 'canari' } },
      { pointer: '/rollout/kind', found: "'canari'", allowed: 'at-once or canary' },
    ],
    [
      'no kind',
      { version: '1', rollout: {} },
      { pointer: '/rollout/kind', found: 'undefined', allowed: 'at-once or canary' },
    ],
    [
      'an unknown key inside a kind',
      { version: '1', rollout: { kind: 'canary', steps: [{ weight: 1, wieght: 2 }] } },
      {
        pointer: '/rollout/steps/0/wieght',
        found: "the unknown key 'wieght', did you mean 'weight'?",
        allowed: 'weight',
      },
    ],
  ])('is told: %s', (_, value, expected) => {
    expect(findings(value)).toEqual([expected])
  })

  test.each([null, 5, 'canary', ['canary']])(
    'is told where %j stands for an object of some kind',
    (rollout) => {
      expect(findings({ version: '1', rollout })).toMatchObject([
        { pointer: expect.stringMatching(/^\/rollout/) },
      ])
    },
  )

  test.each([
    ['/version', { version: '123456' }, 'at most 5'],
    [
      '/rollout/steps/0/weight',
      { version: '1', rollout: { kind: 'canary', steps: [{ weight: 0 }] } },
      'at least 1',
    ],
    [
      '/rollout/steps/0/weight',
      { version: '1', rollout: { kind: 'canary', steps: [{ weight: 100 }] } },
      'at most 99',
    ],
  ])('names the limit at %s', (pointer, value, limit) => {
    const [finding] = findings(value)
    expect(finding?.pointer).toBe(pointer)
    expect(finding?.allowed).toContain(limit)
  })

  test('is told with every other one', () => {
    expect(
      findings({ colour: 1, rollout: { kind: 'canary', steps: [{}, { weight: 'x' }] } })
        .map(({ pointer }) => pointer)
        .sort(),
    ).toEqual(['/colour', '/rollout/steps/0/weight', '/rollout/steps/1/weight', '/version'])
  })
})
