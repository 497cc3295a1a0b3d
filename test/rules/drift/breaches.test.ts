import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nextBreaches, noBreaches, type OpenBreaches } from '../../../lib/rules/drift/breaches.ts'
import type { DriftVerdict, FeatureDrift } from '../../../lib/rules/drift/drift-report.ts'

function feature(name: string, verdict: DriftVerdict): FeatureDrift {
  return {
    name,
    side: 'input',
    verdict,
    strength: verdict === 'drifted' ? 2 : 0,
    sentence: `\`${name}\` is ${verdict}`,
    bins: [],
    measures: { missing: { baseline: 0, current: 0 } },
  }
}

/** What each look of a column tells: `D`rifted, `S`teady or `U`nknown. */
function told(looks: string): string {
  const verdicts = { D: 'drifted', S: 'steady', U: 'unknown' } as const
  let open: OpenBreaches = noBreaches
  return [...looks]
    .map((look, at) => {
      const report = { features: [feature('tenure', verdicts[look as keyof typeof verdicts])] }
      const step = nextBreaches(open, report, at)
      // What is remembered survives a restart.
      open = JSON.parse(JSON.stringify(step.open)) as OpenBreaches
      return step.raised.length > 0 ? '!' : step.cleared.length > 0 ? '.' : ' '
    })
    .join('')
}

describe('a breach', () => {
  test.each([
    ['is raised at the second look in a row, once', 'SDDDDDD', '  !    '],
    ['is cleared at the third steady look in a row, once', 'DDSSSSS', ' !  .  '],
    ['is raised anew after it was cleared', 'DDSSSDD', ' !  . !'],
    ['is not raised by one look', 'SDSDSDS', '       '],
    ['is not raised again by a column that flaps', 'DDSDDSSDDDSDD', ' !           '],
    ['is neither raised nor cleared by looks that cannot tell', 'DUUDUUSUSUS', '   !      .'],
    ['is not raised where nothing can be told', 'UUUUUU', '      '],
  ])('%s', (_, looks, wanted) => {
    expect(told(looks)).toBe(wanted)
  })

  test('says since when, and what was found', () => {
    const report = { features: [feature('tenure', 'drifted'), feature('age', 'steady')] }
    const first = nextBreaches(noBreaches, report, 1000)
    const second = nextBreaches(first.open, report, 2000)
    expect(second.raised).toEqual([
      { name: 'tenure', side: 'input', since: 1000, raisedAt: 2000, drift: feature('tenure', 'drifted') },
    ])
    expect(second.open.breaches).toEqual(second.raised)
  })

  test('is raised at the first look where one is enough', () => {
    const persistence = { raiseAfter: 1, clearAfter: 1 }
    const first = nextBreaches(noBreaches, { features: [feature('a', 'drifted')] }, 1, persistence)
    expect(first.raised).toHaveLength(1)
    const second = nextBreaches(first.open, { features: [feature('a', 'steady')] }, 2, persistence)
    expect(second.cleared).toHaveLength(1)
    expect(second.open).toEqual({ at: 2, breaches: [], streaks: {} })
  })

  test('is not touched by a report that is repeated or late', () => {
    const drifted = { features: [feature('a', 'drifted')] }
    const { open } = nextBreaches(noBreaches, drifted, 0)
    for (const at of [0, -1])
      expect(nextBreaches(open, drifted, at)).toEqual({ open, raised: [], cleared: [] })
    expect(nextBreaches(open, drifted, 1).raised).toHaveLength(1)
  })

  test('tells an input and an output of one name apart', () => {
    const both = {
      features: [feature('score', 'drifted'), { ...feature('score', 'steady'), side: 'output' as const }],
    }
    const { open } = nextBreaches(noBreaches, both, 1)
    expect(nextBreaches(open, both, 2).raised.map(({ side }) => side)).toEqual(['input'])
  })
})

test('raising and clearing take turns, whatever is found and however often it is handed in', () => {
  const look = fc.record({
    verdict: fc.constantFrom<DriftVerdict>('drifted', 'steady', 'unknown'),
    again: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(look, { maxLength: 60 }), (looks) => {
      let open: OpenBreaches = noBreaches
      const events: string[] = []
      for (const [at, { verdict, again }] of looks.entries())
        for (let time = 0; time < again; time += 1) {
          const step = nextBreaches(open, { features: [feature('a', verdict)] }, at)
          open = step.open
          events.push(...step.raised.map(() => 'raised'), ...step.cleared.map(() => 'cleared'))
        }
      expect(events).toEqual(events.map((_, i) => (i % 2 === 0 ? 'raised' : 'cleared')))
      expect(open.breaches).toHaveLength(events.length % 2)
      expect(Object.keys(open.streaks).length).toBeLessThanOrEqual(1)
    }),
    { seed: 1, numRuns: 500 },
  )
})
