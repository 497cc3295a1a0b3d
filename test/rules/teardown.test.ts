import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { resourceName } from '../../lib/rules/names.ts'
import { type Found, heldBy, type MadeKind, madeKinds, sortedOut, waves } from '../../lib/rules/teardown.ts'

const tagsOf = (platform: string, model: string, version: string) => ({
  'sluice:platform': platform,
  'sluice:model': model,
  'sluice:version': version,
})
const made = (kind: MadeKind, platform = 'pre', model = 'churn', version = '1.0.0'): Found => ({
  kind,
  name: `${resourceName(platform, model, version)}${kind === 'scaling target' ? '/variant/live' : ''}`,
  tags: tagsOf(platform, model, version),
})

describe('what a platform made', () => {
  test.each(madeKinds)('is told by tags and name: a %s', (kind) => {
    const { made: ours, foreign } = sortedOut('pre', [made(kind)])
    expect(ours).toEqual([{ ...made(kind), model: 'churn', version: '1.0.0' }])
    expect(foreign).toEqual([])
  })

  const name = resourceName('pre', 'churn', '1.0.0')
  test.each<[string, Partial<Found>, RegExp]>([
    ['without tags', { tags: {} }, /no tag sluice:platform/],
    ['of a platform whose name begins alike', { tags: tagsOf('pred', 'churn', '1.0.0') }, /'pred'/],
    ['of a platform that is the beginning of its name', { tags: tagsOf('pr', 'churn', '1.0.0') }, /'pr'/],
    [
      'that a stack made, tagged like everything of it',
      { tags: { 'sluice:platform': 'pre' } },
      /which model and version/,
    ],
    ['of no model', { tags: tagsOf('pre', 'constructor', '1.0.0') }, /which model/],
    ['of no version', { tags: tagsOf('pre', 'churn', '') }, /which model and version/],
    ['of another name', { name: 'pre-churn' }, /its name is not that of churn 1.0.0/],
    ['whose name only begins so', { name: `${name}x` }, /its name is not/],
    ['that is tagged like another version', { tags: tagsOf('pre', 'churn', '1.0.1') }, /its name is not/],
  ])('is not something %s', (_, facts, reason) => {
    const found = { ...made('function'), ...facts }
    const { made: ours, foreign } = sortedOut('pre', [found])
    expect(ours).toEqual([])
    expect(foreign).toEqual([{ found, reason: expect.stringMatching(reason) }])
  })

  test('of two platforms is never taken for that of the other', () => {
    const platform = fc.stringMatching(/^[a-z][a-z0-9]{1,11}$/)
    const model = fc.stringMatching(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/)
    fc.assert(
      fc.property(platform, platform, model, fc.constantFrom(...madeKinds), (one, other, of, kind) => {
        fc.pre(one !== other)
        expect(sortedOut(one, [made(kind, other, of)]).made).toEqual([])
      }),
    )
  })
})

describe('the order', () => {
  test('is that nothing goes before what uses it, however it was found', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...madeKinds]), (kinds) => {
        const { made: ours } = sortedOut(
          'pre',
          kinds.map((kind) => made(kind)),
        )
        const taken = waves(ours).map((wave) => wave[0]?.kind)
        expect(taken).toEqual(madeKinds.filter((kind) => kinds.includes(kind)))
      }),
    )
  })

  test('keeps what something that is left may use, of the same version only', () => {
    const [endpoint, configuration, model, fn] = (
      ['endpoint', 'endpoint configuration', 'sagemaker model', 'function'] as const
    ).map((kind) => sortedOut('pre', [made(kind)]).made[0])
    if (!endpoint || !configuration || !model || !fn) throw new Error('they are ours')
    expect(heldBy(configuration, [endpoint])).toBe(endpoint.name)
    expect(heldBy(model, [endpoint])).toBe(endpoint.name)
    expect(heldBy(endpoint, [configuration])).toBeUndefined()
    expect(heldBy(configuration, [{ ...endpoint, version: '2.0.0' }])).toBeUndefined()
    expect(heldBy(endpoint, [fn])).toBeUndefined()
    expect(heldBy(configuration, [])).toBeUndefined()
  })
})
