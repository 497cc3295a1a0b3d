import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  completeRollout,
  dropAccepted,
  endRollout,
  giveStep,
  type MovedRecord,
  newModel,
  rollBack,
  undoMove,
} from '../../lib/rules/alias-move.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { checkRetirement } from '../../lib/rules/retirement.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { answerOrRefusal, refusal } from './refusal.ts'

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(Object.freeze(value))) frozen(inner)
  return value
}

const bake = (weightPercent: number) => ({ weightPercent, bakeTimeSeconds: 60 })
const of = (version: string, rollout = 'p2', alias = 'live') => ({ alias, version, rollout })

/** 1.1.0 is live, 1.0.0 was before, and 1.1.0 is also in staging. */
const settled: ModelRecord = frozen({
  model: 'churn',
  rev: 4,
  head: 'abc',
  aliases: {
    live: { stable: '1.1.0', previous: '1.0.0', by: 'p1' },
    staging: { stable: '1.1.0', by: 's1' },
  },
  accepted: ['1.0.0', '1.1.0'],
})

const committed = (record: ModelRecord, moved: MovedRecord): ModelRecord =>
  frozen({ ...record, aliases: moved.aliases, accepted: moved.accepted })

/** 2.0.0 is the canary of live, in its first step. */
const baking = committed(settled, giveStep(settled, of('2.0.0'), 0, bake(10)))

test('a new model has no aliases, no versions and no history', () => {
  expect(newModel('churn')).toEqual({ model: 'churn', rev: 0, head: '', aliases: {}, accepted: [] })
})

describe('a canary is given a step', () => {
  test('and everything else of the alias stays', () => {
    expect(baking.aliases).toEqual({
      live: {
        stable: '1.1.0',
        previous: '1.0.0',
        by: 'p2',
        canary: { version: '2.0.0', weightPercent: 10, rollout: 'p2', step: 0 },
      },
      staging: settled.aliases['staging'],
    })
    expect(baking.accepted).toEqual(['1.0.0', '1.1.0'])
  })

  test('and then the next', () => {
    const moved = giveStep(baking, of('2.0.0'), 1, bake(50))
    expect(moved.aliases['live']).toMatchObject({ stable: '1.1.0', canary: { weightPercent: 50, step: 1 } })
  })

  test('but not while another rollout moves the alias', () => {
    const problem = refusal(() => giveStep(baking, of('3.0.0', 'p3'), 0, bake(10)))
    expect(problem.code).toBe('rollout-under-way')
    expect(problem.message).toContain('p2')
    expect(refusal(() => giveStep(baking, of('2.0.0', 'p3'), 1, bake(50))).code).toBe('rollout-under-way')
  })

  test('but not where it is stable already, nor on an alias that is unknown', () => {
    expect(refusal(() => giveStep(settled, of('1.1.0'), 0, bake(10))).code).toBe('already-live')
    expect(refusal(() => giveStep(settled, of('2.0.0', 'p2', 'shadow'), 0, bake(10))).code).toBe(
      'alias-unknown',
    )
    expect(refusal(() => giveStep(settled, of('2.0.0', 'p2', 'constructor'), 0, bake(10))).code).toBe(
      'alias-unknown',
    )
  })
})

describe('a rollout is completed', () => {
  test('the canary becomes stable, stable becomes previous, and the version is accepted', () => {
    expect(completeRollout(baking, of('2.0.0'))).toEqual({
      aliases: { ...settled.aliases, live: { stable: '2.0.0', previous: '1.1.0', by: 'p2' } },
      accepted: ['1.0.0', '1.1.0', '2.0.0'],
    })
  })

  test('the first version of a model has no previous', () => {
    expect(completeRollout(newModel('churn'), of('1.0.0', 'p1'))).toEqual({
      aliases: { live: { stable: '1.0.0', by: 'p1' } },
      accepted: ['1.0.0'],
    })
  })

  test('on another alias than live it accepts nothing', () => {
    const moved = completeRollout(settled, of('3.0.0', 'p3', 'staging'))
    expect(moved.aliases['staging']).toEqual({ stable: '3.0.0', previous: '1.1.0', by: 'p3' })
    expect(moved.aliases['live']).toEqual(settled.aliases['live'])
    expect(moved.accepted).toEqual(settled.accepted)
  })

  test('of the version that is stable already keeps the way back', () => {
    expect(completeRollout(settled, of('1.1.0'))).toEqual({
      aliases: { ...settled.aliases, live: { stable: '1.1.0', previous: '1.0.0', by: 'p2' } },
      accepted: ['1.0.0', '1.1.0'],
    })
  })

  test('but not while another rollout moves the alias', () => {
    expect(refusal(() => completeRollout(baking, of('3.0.0', 'p3'))).code).toBe('rollout-under-way')
  })

  test('and accepts again what was rejected', () => {
    const rejected = committed(settled, rollBack(settled, 'live', undefined, 'r1').moved)
    expect(rejected.accepted).toEqual(['1.0.0'])
    expect(completeRollout(rejected, of('1.1.0', 'p9')).accepted).toEqual(['1.0.0', '1.1.0'])
  })
})

describe('a rollout is ended by its verdict', () => {
  test('the traffic returns and the canary is rejected, even where it was accepted before', () => {
    const again = committed(settled, giveStep(settled, of('1.0.0'), 0, bake(10)))
    expect(endRollout(again, of('1.0.0'))).toEqual({
      aliases: { ...settled.aliases, live: { stable: '1.1.0', previous: '1.0.0', by: 'p2' } },
      accepted: ['1.1.0'],
    })
  })

  test('on another alias than live it rejects nothing', () => {
    const record = committed(settled, giveStep(settled, of('1.0.0', 's2', 'staging'), 0, bake(10)))
    expect(endRollout(record, of('1.0.0', 's2', 'staging'))?.accepted).toEqual(settled.accepted)
  })

  test('only if it is still the one in the alias', () => {
    expect(endRollout(baking, of('2.0.0', 'p3'))).toBeUndefined()
    expect(endRollout(settled, of('2.0.0'))).toBeUndefined()
    expect(endRollout(settled, of('2.0.0', 'p2', 'shadow'))).toBeUndefined()
  })
})

describe('a move whose version turned out to be another is undone', () => {
  test('to what was before, and the version is rejected', () => {
    expect(undoMove(settled, of('1.1.0', 'p1'))).toEqual({
      aliases: { ...settled.aliases, live: { stable: '1.0.0', by: 'p1' } },
      accepted: ['1.0.0'],
    })
  })

  test('only where the alias still serves it and there is a way back', () => {
    expect(undoMove(settled, of('1.0.0', 'p1'))).toBeUndefined()
    expect(undoMove(settled, of('1.1.0', 's1', 'staging'))).toBeUndefined()
    expect(undoMove(settled, of('1.1.0', 'p1', 'shadow'))).toBeUndefined()
  })
})

describe('a rollback by hand', () => {
  test('out of a rollout goes to what is stable and rejects the canary only', () => {
    for (const to of [undefined, '1.1.0'])
      expect(rollBack(baking, 'live', to, 'r1')).toEqual({
        to: '1.1.0',
        leaves: '2.0.0',
        moved: {
          aliases: { ...settled.aliases, live: { stable: '1.1.0', previous: '1.0.0', by: 'r1' } },
          accepted: ['1.0.0', '1.1.0'],
        },
      })
  })

  test('out of a rollout to a third version rejects both', () => {
    expect(rollBack(baking, 'live', '1.0.0', 'r1')).toEqual({
      to: '1.0.0',
      leaves: '2.0.0',
      moved: { aliases: { ...settled.aliases, live: { stable: '1.0.0', by: 'r1' } }, accepted: ['1.0.0'] },
    })
  })

  test('out of the rollout of a version that was accepted before rejects that too', () => {
    const again = committed(settled, giveStep(settled, of('1.0.0'), 0, bake(10)))
    expect(rollBack(again, 'live', '0.9.0', 'r1').moved.accepted).toEqual([])
    expect(rollBack(again, 'live', undefined, 'r1').moved.accepted).toEqual(['1.1.0'])
  })

  test('without a rollout goes to what was before and rejects what it leaves', () => {
    expect(rollBack(settled, 'live', undefined, 'r1')).toEqual({
      to: '1.0.0',
      leaves: '1.1.0',
      moved: { aliases: { ...settled.aliases, live: { stable: '1.0.0', by: 'r1' } }, accepted: ['1.0.0'] },
    })
  })

  test('goes to any version named', () => {
    const { to, leaves, moved } = rollBack(settled, 'live', '0.9.0', 'r1')
    expect([to, leaves, moved.aliases['live']?.stable]).toEqual(['0.9.0', '1.1.0', '0.9.0'])
  })

  test('of another alias than live rejects nothing', () => {
    expect(rollBack(settled, 'staging', '1.0.0', 'r1').moved.accepted).toEqual(settled.accepted)
  })

  test('is refused where there is nowhere to go, or where it goes nowhere', () => {
    expect(refusal(() => rollBack(settled, 'staging', undefined, 'r1')).code).toBe('nothing-to-return-to')
    expect(refusal(() => rollBack(settled, 'live', '1.1.0', 'r1')).code).toBe('already-live')
    expect(refusal(() => rollBack(settled, 'shadow', undefined, 'r1')).code).toBe('alias-unknown')
  })

  test('never goes to the canary it leaves: that would give all traffic to what is under judgement', () => {
    const answer = answerOrRefusal(() => rollBack(baking, 'live', '2.0.0', 'r1'))
    expect(isProblem(answer)).toBe(true)
  })
})

test('a retired version is dropped from what ranges reach, and aliases stay', () => {
  expect(dropAccepted(settled, '1.0.0')).toEqual({ aliases: settled.aliases, accepted: ['1.1.0'] })
  expect(dropAccepted(settled, '9.9.9').accepted).toEqual(settled.accepted)
})

describe('any sequence of moves', () => {
  const aliases = ['live', 'staging'] as const
  const versions = ['1.0.0', '1.1.0', '1.1.1', '2.0.0']
  const anyVersion = fc.constantFrom(...versions)
  const anyAlias = fc.constantFrom(...aliases)
  const anyRollout = fc.constantFrom('p1', 'p2', 'p3')
  const anyMove = fc.oneof(
    fc.record({
      kind: fc.constant('give' as const),
      alias: anyAlias,
      version: anyVersion,
      rollout: anyRollout,
      weight: fc.integer({ min: 1, max: 99 }),
    }),
    fc.record({
      kind: fc.constantFrom('complete' as const, 'end' as const, 'undo' as const),
      alias: anyAlias,
      version: anyVersion,
      rollout: anyRollout,
    }),
    fc.record({
      kind: fc.constant('back' as const),
      alias: anyAlias,
      to: fc.option(anyVersion, { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('retire' as const), version: anyVersion }),
  )
  type Move = typeof anyMove extends fc.Arbitrary<infer T> ? T : never

  function moved(record: ModelRecord, move: Move): MovedRecord | undefined {
    if (move.kind === 'give') return giveStep(record, move, 0, bake(move.weight))
    if (move.kind === 'complete') return completeRollout(record, move)
    if (move.kind === 'end') return endRollout(record, move)
    if (move.kind === 'undo') return undoMove(record, move)
    if (move.kind === 'back') return rollBack(record, move.alias, move.to, 'r').moved
    checkRetirement({ record, version: move.version, versions: [], unfinished: [], callers: [], now: 0 })
    return dropAccepted(record, move.version)
  }

  /** What a move rejects on live: told here from the record before it, not by the rules. */
  function rejectedBy(before: ModelRecord, move: Move): string[] {
    const live = before.aliases['live']
    if (live === undefined || !('alias' in move) || move.alias !== 'live') return []
    if (move.kind === 'end') return live.canary === undefined ? [] : [live.canary.version]
    if (move.kind === 'undo') return [live.stable]
    if (move.kind !== 'back') return []
    if (live.canary === undefined) return [live.stable]
    return move.to === undefined || move.to === live.stable
      ? [live.canary.version]
      : [live.stable, live.canary.version]
  }

  test('keeps what callers rely on', () => {
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 30 }), (moves) => {
        let record = frozen(newModel('churn'))
        const reached = new Map<string, Set<string>>(aliases.map((alias) => [alias, new Set()]))
        const completed = new Set<string>()
        const rejected = new Set<string>()
        for (const move of moves) {
          const before = record
          const answer = answerOrRefusal(() => moved(before, move))
          if (answer === undefined || isProblem(answer)) continue
          record = committed(before, answer)

          if (move.kind === 'complete') reached.get(move.alias)?.add(move.version)
          if (move.kind === 'complete' && move.alias === 'live') {
            completed.add(move.version)
            rejected.delete(move.version)
          }
          if (move.kind === 'back' && move.to !== undefined) reached.get(move.alias)?.add(move.to)
          for (const version of rejectedBy(before, move)) rejected.add(version)

          for (const [name, alias] of Object.entries(record.aliases)) {
            expect(reached.get(name)).toContain(alias.stable)
            expect(alias.canary?.version).not.toBe(alias.stable)
            expect(alias.previous).not.toBe(alias.stable)
            if ('alias' in move && move.alias !== name) expect(alias).toEqual(before.aliases[name])
          }
          expect(Object.keys(record.aliases)).toEqual(expect.arrayContaining(Object.keys(before.aliases)))
          expect(new Set(record.accepted).size).toBe(record.accepted.length)
          for (const version of record.accepted)
            expect([completed.has(version), rejected.has(version)]).toEqual([true, false])
          if (!('alias' in move)) expect(record.aliases).toEqual(before.aliases)
          else if (move.alias !== 'live') expect(record.accepted).toEqual(before.accepted)
        }
      }),
      { seed: 1, numRuns: 1500 },
    )
  })
})
