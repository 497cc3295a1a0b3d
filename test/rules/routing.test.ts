import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { affinityDraw, aliasOf, type ModelRecord, reachedBy, route } from '../../lib/rules/routing.ts'
import { resolveRange } from '../../lib/rules/version-range.ts'
import { refusal } from './refusal.ts'

function modelWith(weightPercent: number, rollout = 'promotion-1'): ModelRecord {
  return {
    model: 'churn',
    rev: 7,
    head: 'abc',
    aliases: {
      live: {
        stable: '1.3.0',
        previous: '1.2.0',
        by: rollout,
        canary: { version: '2.0.0', weightPercent, rollout, step: 1 },
      },
      staging: { stable: '2.0.0-rc.1', by: 'promotion-0' },
    },
    accepted: ['1.2.0', '1.3.0', '1.1.0'],
  }
}

const live = { alias: 'live' }
const counted = { rollout: 'promotion-1', step: 1 }

describe('an alias with a canary', () => {
  test.each([
    [0, 0, 'stable'],
    [0, 0.999999, 'stable'],
    [100, 0, 'canary'],
    [100, 0.9999999999999999, 'canary'],
    [1, 0, 'canary'],
    [1, 0.00999, 'canary'],
    [1, 0.01, 'stable'],
    [10, 0.0999, 'canary'],
    [10, 0.1, 'stable'],
    [29, 0.29, 'stable'],
    [57, 0.57, 'stable'],
    [50, 0.4999, 'canary'],
    [50, 0.5, 'stable'],
    [99, 0.9899, 'canary'],
    [99, 0.99, 'stable'],
  ])('of weight %i answers a draw of %d from %s, and counts it', (weight, draw, variant) => {
    const version = variant === 'canary' ? '2.0.0' : '1.3.0'
    expect(route(modelWith(weight), live, draw)).toEqual({ version, variant, counted })
  })
})

describe('without a canary', () => {
  test('an alias answers from its stable version, and nothing is counted', () => {
    for (const draw of [0, 0.5, 0.9999])
      expect(route(modelWith(50), { alias: 'staging' }, draw)).toEqual({
        version: '2.0.0-rc.1',
        variant: 'stable',
      })
  })

  test('previous is what live served before, whatever the draw', () => {
    expect(route(modelWith(100), { alias: 'previous' }, 0)).toEqual({ version: '1.2.0', variant: 'stable' })
  })

  test('previous is refused where live served nothing before', () => {
    const record: ModelRecord = { ...modelWith(0), aliases: { live: { stable: '1.0.0', by: 'p' } } }
    expect(refusal(() => route(record, { alias: 'previous' }, 0)).code).toBe('alias-unknown')
    expect(refusal(() => route({ ...record, aliases: {} }, { alias: 'previous' }, 0)).code).toBe(
      'alias-unknown',
    )
  })

  test('an exact version is itself, known or not, and nothing is counted', () => {
    expect(route(modelWith(100), { exact: '2.0.0' }, 0)).toEqual({ version: '2.0.0', variant: 'stable' })
    expect(route(modelWith(100), { exact: '9.9.9' }, 0)).toEqual({ version: '9.9.9', variant: 'stable' })
  })

  test.each(['shadow', 'constructor', '__proto__', 'toString', 'hasOwnProperty', ''])(
    'the alias %j is unknown, and the known ones are told',
    (alias) => {
      const problem = refusal(() => route(modelWith(10), { alias }, 0))
      expect(problem.code).toBe('alias-unknown')
      expect(problem.message).toContain('live, staging')
      expect(refusal(() => aliasOf(modelWith(10), alias)).code).toBe('alias-unknown')
    },
  )
})

describe('a range', () => {
  test.each([
    ['1', '1.3.0'],
    ['1.2', '1.2.0'],
    ['^1.1', '1.3.0'],
    ['~1.1.0', '1.1.0'],
  ])('%s is answered by the highest accepted version, %s', (range, version) => {
    expect(route(modelWith(100), { range }, 0)).toEqual({ version, variant: 'stable' })
  })

  test.each(['2', '2.0', '^2.0', '3'])('%s never reaches a canary or another alias', (range) => {
    const problem = refusal(() => route(modelWith(100), { range }, 0))
    expect(problem.code).toBe('range-unresolved')
    expect(problem.message).toContain('1.2.0, 1.3.0, 1.1.0')
  })

  test('never reaches a prerelease, not even an accepted one', () => {
    const record = { ...modelWith(0), accepted: ['1.4.0-rc.1', '2.0.0-beta'] }
    for (const range of ['1', '1.4', '^1.4', '2'])
      expect(refusal(() => route(record, { range }, 0)).code).toBe('range-unresolved')
  })

  test('reaches nothing where nothing was accepted', () => {
    expect(refusal(() => route({ ...modelWith(0), accepted: [] }, { range: '1' }, 0)).message).toContain(
      'none yet',
    )
  })
})

describe('a caller with an affinity key', () => {
  const variantOf = (key: string, weight: number, rollout = 'promotion-1') => {
    const record = modelWith(weight, rollout)
    return route(record, live, affinityDraw(record, live, key)).variant
  }

  test('that got the canary keeps it while the weight rises', () => {
    const weight = fc.integer({ min: 0, max: 100 })
    fc.assert(
      fc.property(fc.string(), weight, weight, (key, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)]
        if (variantOf(key, less) === 'canary') expect(variantOf(key, more)).toBe('canary')
        expect(variantOf(key, less)).toBe(variantOf(key, less))
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('gets nothing of the canary at 0 and nothing else at 100', () => {
    for (let i = 0; i < 500; i += 1)
      expect([variantOf(`k${i}`, 0), variantOf(`k${i}`, 100)]).toEqual(['stable', 'canary'])
  })

  test.each([1, 10, 50, 90])('is one of %i % with the canary, within 2 % of 10,000', (weight) => {
    const record = modelWith(weight)
    const keys = Array.from({ length: 10_000 }, (_, i) => `customer-${i}`)
    const canaries = keys.filter(
      (key) => route(record, live, affinityDraw(record, live, key)).variant === 'canary',
    )
    expect(Math.abs(canaries.length / 100 - weight)).toBeLessThan(2)
  })

  test('is drawn anew in the next rollout: not always the same callers try what is new', () => {
    const keys = Array.from({ length: 2000 }, (_, i) => `customer-${i}`)
    const both = keys.filter(
      (key) => variantOf(key, 50) === 'canary' && variantOf(key, 50, 'promotion-2') === 'canary',
    )
    expect(both.length / keys.length).toBeCloseTo(0.25, 1)
  })

  test('has a draw even where there is no canary', () => {
    for (const target of [
      { alias: 'staging' },
      { alias: 'constructor' },
      { exact: '1.3.0' },
      { range: '1' },
    ]) {
      const draw = affinityDraw(modelWith(10), target, 'key')
      expect(draw).toBeGreaterThanOrEqual(0)
      expect(draw).toBeLessThan(1)
    }
  })
})

describe('what reaches a version', () => {
  test.each([
    ['1.3.0', "alias 'live'"],
    ['2.0.0', "the rollout on alias 'live'"],
    ['1.2.0', "the way back of alias 'live'"],
    ['2.0.0-rc.1', "alias 'staging'"],
    ['1.1.0', "callers of the range '1.1'"],
    ['9.9.9', undefined],
  ])('%s: %p', (version, by) => {
    expect(reachedBy(modelWith(10), version)).toBe(by)
  })

  test('is nothing where newer versions of its line were accepted', () => {
    const record: ModelRecord = { ...modelWith(0), aliases: {}, accepted: ['1.1.0', '1.1.1', '1.2.0-rc.1'] }
    expect(reachedBy(record, '1.1.0')).toBeUndefined()
    expect(reachedBy(record, '1.1.1')).toBe("callers of the range '1.1'")
    expect(reachedBy(record, '1.2.0-rc.1')).toBeUndefined()
    expect(reachedBy({ ...record, accepted: [] }, '1.1.1')).toBeUndefined()
  })

  test('is a caret range below 0.1, which holds one version only', () => {
    const record: ModelRecord = { ...modelWith(0), aliases: {}, accepted: ['0.0.3', '0.0.4'] }
    expect(route(record, { range: '^0.0.3' }, 0).version).toBe('0.0.3')
    expect(reachedBy(record, '0.0.3')).toBeDefined()
  })

  test('is found for every version that any range resolves to', () => {
    const small = fc.constantFrom(0, 0, 1, 2)
    const version = fc.tuple(small, small, small).map((numbers) => numbers.join('.'))
    const range = fc
      .tuple(fc.constantFrom('', '^', '~'), fc.array(small, { minLength: 1, maxLength: 3 }))
      .map(([sign, numbers]) => sign + numbers.join('.'))
      .filter((text) => !/^\d+\.\d+\.\d+$/.test(text))
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1 }), range, (accepted, asked) => {
        const resolved = resolveRange(asked, accepted)
        const record: ModelRecord = { ...modelWith(0), aliases: {}, accepted }
        if (resolved !== undefined)
          expect([asked, resolved, reachedBy(record, resolved)]).not.toContain(undefined)
      }),
      { seed: 1, numRuns: 3000 },
    )
  })
})
