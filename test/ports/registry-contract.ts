import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Registry, VersionChange } from '../../lambdas/ports.ts'
import { findBreak } from '../../lib/rules/audit.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { moveOf, operationRecord, versionRecord } from '../harness/records.ts'

export interface RegistryWorld {
  readonly registry: Registry
  /** So many may move one model at once, where each read and write is a journey. @default 200 */
  readonly moversAtOnce?: number
  close(): Promise<void>
}

/** Of 200 that try at once each round lets one through: who needs more rounds than this never gets through. */
const mostAttempts = 2000

const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))

/** What every registry keeps its word on, in whatever world. */
export function registryContract(
  world: string,
  make: () => Promise<RegistryWorld>,
  /** Why a case does not hold in this world, by its name. */
  differences: Readonly<Record<string, string>> = {},
): void {
  const unless = (name: string) => (Object.hasOwn(differences, name) ? test.skip : test)
  describe(`the registry of ${world}`, () => {
    let registry: Registry
    let close: RegistryWorld['close']
    let moversAtOnce: number
    let models = 0

    beforeAll(async () => {
      ;({ registry, close, moversAtOnce = 200 } = await make())
    })
    afterAll(() => close())

    /** A model of its own for each case. */
    const newName = () => {
      models += 1
      return `model-${models}`
    }

    /** A version that a release claimed and made READY. */
    async function readyVersion(model: string, version: string): Promise<void> {
      const claimed = versionRecord(model, version)
      await registry.claim(claimed)
      const seen = { state: 'CREATING', owner: claimed.owner } as const
      await registry.changeVersion(model, { version, seen, facts: { state: 'READY' } })
    }

    /** Read, decide, commit, until it is committed: as `lambdas/moves` does it, without its limit. */
    async function moveUntilDone(model: string, accept: string): Promise<void> {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const seen = await registry.model(model)
        const accepted = [...(seen?.accepted ?? []), accept]
        if (await registry.commit(moveOf(seen, model, { accepted }, { version: accept }))) return
      }
      throw new Error(`${model} could not be moved`)
    }

    describe('what it does not know', () => {
      test('is undefined or empty', async () => {
        expect(await registry.model('nobody')).toBeUndefined()
        expect(await registry.version('nobody', '1.0.0')).toBeUndefined()
        expect(await registry.versions('nobody')).toEqual([])
        expect(await registry.history('nobody')).toEqual([])
        expect(await registry.operation('nothing')).toBeUndefined()
        expect(await registry.operations('nobody')).toEqual([])
      })
    })

    describe('a claim', () => {
      test('is written where there is no version', async () => {
        const record = versionRecord(newName(), '1.0.0')
        expect(await registry.claim(record)).toEqual(record)
        expect(await registry.version(record.model, '1.0.0')).toEqual(record)
      })

      test('is won by one alone of many who claim at once', async () => {
        const model = newName()
        const claims = times(50, (i) =>
          registry.claim(versionRecord(model, '1.0.0', { owner: `release-${i}` })),
        )
        const owners = new Set((await Promise.all(claims)).map(({ owner }) => owner))
        expect(owners.size).toBe(1)
        expect([...owners]).toEqual([(await registry.version(model, '1.0.0'))?.owner])
      })

      test('made again by its owner finds what stands, with all that was added since', async () => {
        const record = versionRecord(newName(), '1.0.0')
        await registry.claim(record)
        const facts = { image: { digest: 'sha256:1', uri: 'x' } }
        const seen = { state: 'CREATING', owner: record.owner } as const
        await registry.changeVersion(record.model, { version: '1.0.0', seen, facts })
        expect(await registry.claim(record)).toEqual({ ...record, ...facts })
        expect(await registry.version(record.model, '1.0.0')).toEqual({ ...record, ...facts })
      })

      test.each(['CREATING', 'READY', 'RETIRED', 'DELETING'] as const)(
        'of a version that is %s finds the one who has it',
        async (state) => {
          const record = versionRecord(newName(), '1.0.0', { state, owner: 'first' })
          await registry.claim(record)
          const late = versionRecord(record.model, '1.0.0', { owner: 'second' })
          expect(await registry.claim(late)).toEqual(record)
          expect(await registry.version(record.model, '1.0.0')).toEqual(record)
        },
      )

      test('of a version that FAILED is won by another release, and nothing of the first is left', async () => {
        const problem = { code: 'golden-check-failed', detail: 'it lied', errors: [] } as const
        const failed = versionRecord(newName(), '1.0.0', {
          state: 'FAILED',
          owner: 'first',
          problem,
          image: { digest: 'sha256:1', uri: 'x' },
        })
        await registry.claim(failed)
        const again = versionRecord(failed.model, '1.0.0', { owner: 'second' })
        expect(await registry.claim(again)).toEqual(again)
        expect(await registry.version(failed.model, '1.0.0')).toEqual(again)
      })

      test('of a version that FAILED is not won again by the release that failed it', async () => {
        const failed = versionRecord(newName(), '1.0.0', { state: 'FAILED', owner: 'first' })
        await registry.claim(failed)
        expect(await registry.claim({ ...failed, state: 'CREATING' })).toEqual(failed)
      })

      test('of a version that FAILED is won by one alone of many', async () => {
        const model = newName()
        await registry.claim(versionRecord(model, '1.0.0', { state: 'FAILED', owner: 'first' }))
        const claims = times(20, (i) =>
          registry.claim(versionRecord(model, '1.0.0', { owner: `again-${i}` })),
        )
        const owners = new Set((await Promise.all(claims)).map(({ owner }) => owner))
        expect(owners.size).toBe(1)
        expect(owners.has('first')).toBe(false)
      })
    })

    describe('a change of a version', () => {
      const facts = { state: 'READY', readyAt: 'now' } as const
      const refusals: [string, Partial<VersionRecord>, VersionChange['seen']][] = [
        ['in another state', { state: 'FAILED' }, { state: 'CREATING' }],
        ['owned by somebody else', { owner: 'somebody' }, { state: 'CREATING', owner: 'me' }],
      ]

      test('adds facts to the ones there are', async () => {
        const record = versionRecord(newName(), '1.0.0')
        await registry.claim(record)
        const seen = { state: 'CREATING' } as const
        expect(await registry.changeVersion(record.model, { version: '1.0.0', seen, facts })).toBe(true)
        expect(await registry.version(record.model, '1.0.0')).toEqual({ ...record, ...facts })
      })

      test.each(refusals)('is not made where it is %s', async (_, standing, seen) => {
        const record = versionRecord(newName(), '1.0.0', standing)
        await registry.claim(record)
        expect(await registry.changeVersion(record.model, { version: '1.0.0', seen, facts })).toBe(false)
        expect(await registry.version(record.model, '1.0.0')).toEqual(record)
      })

      test('is not made where there is no version', async () => {
        const model = newName()
        const seen = { state: 'CREATING' } as const
        expect(await registry.changeVersion(model, { version: '1.0.0', seen, facts })).toBe(false)
        expect(await registry.version(model, '1.0.0')).toBeUndefined()
      })

      test('is made by one alone of many who saw the same', async () => {
        const record = versionRecord(newName(), '1.0.0', { state: 'RETIRED' })
        await registry.claim(record)
        const change = { version: '1.0.0', seen: { state: 'RETIRED' }, facts: { state: 'DELETING' } } as const
        const made = await Promise.all(times(20, () => registry.changeVersion(record.model, change)))
        expect(made.filter(Boolean)).toHaveLength(1)
      })
    })

    describe('a commit', () => {
      test('writes the record and its entry together', async () => {
        const model = newName()
        const first = moveOf(undefined, model, { aliases: { live: { stable: '1.0.0', by: 'x' } } })
        expect(await registry.commit(first)).toBe(true)
        expect(await registry.model(model)).toEqual(first.next)
        expect(await registry.history(model)).toEqual([first.entry])
        const second = moveOf(first.next, model, { accepted: ['1.0.0'] })
        expect(await registry.commit(second)).toBe(true)
        expect(await registry.model(model)).toEqual(second.next)
        expect(await registry.history(model)).toEqual([first.entry, second.entry])
      })

      test('of a record that has moved since it was seen changes nothing', async () => {
        const model = newName()
        const [first, rival] = [
          moveOf(undefined, model, { accepted: ['1.0.0'] }),
          moveOf(undefined, model, { accepted: ['2.0.0'] }),
        ]
        await registry.commit(first)
        expect(await registry.commit(rival)).toBe(false)
        expect(await registry.commit(first)).toBe(false)
        const ahead = moveOf({ ...first.next, rev: 5 }, model, { accepted: [] })
        expect(await registry.commit(ahead)).toBe(false)
        expect(await registry.model(model)).toEqual(first.next)
        expect(await registry.history(model)).toEqual([first.entry])
      })

      unless('made many times at once loses none')(
        'made many times at once loses none',
        async () => {
          const model = newName()
          const movers = moversAtOnce
          await Promise.all(times(movers, (i) => moveUntilDone(model, `1.0.${i}`)))
          const record = (await registry.model(model)) as ModelRecord
          const history = await registry.history(model)
          expect(record.rev).toBe(movers)
          expect(record.accepted.toSorted()).toEqual(times(movers, (i) => `1.0.${i}`).toSorted())
          expect(history.map(({ rev }) => rev)).toEqual(times(movers, (i) => i + 1))
          expect(history.map(({ version }) => version)).toEqual(record.accepted)
          expect(findBreak(history, record)).toBeUndefined()
        },
        60_000,
      )

      test.each(['CREATING', 'FAILED', 'RETIRED', 'DELETING'] as const)(
        'to a version that is %s is not made where it must be READY',
        async (state) => {
          const model = newName()
          await registry.claim(versionRecord(model, '1.0.0', { state }))
          expect(await registry.commit({ ...moveOf(undefined, model, {}), ready: '1.0.0' })).toBe(false)
          expect(await registry.model(model)).toBeUndefined()
          expect(await registry.history(model)).toEqual([])
        },
      )

      test('to a version that does not exist is not made where it must be READY', async () => {
        const model = newName()
        expect(await registry.commit({ ...moveOf(undefined, model, {}), ready: '1.0.0' })).toBe(false)
        expect(await registry.model(model)).toBeUndefined()
      })

      test('to a version that is READY is made', async () => {
        const model = newName()
        await readyVersion(model, '1.0.0')
        expect(await registry.commit({ ...moveOf(undefined, model, {}), ready: '1.0.0' })).toBe(true)
      })

      test('changes a version with the move', async () => {
        const model = newName()
        await registry.claim(versionRecord(model, '1.0.0'))
        const change = { version: '1.0.0', seen: { state: 'CREATING' }, facts: { state: 'READY' } } as const
        expect(await registry.commit({ ...moveOf(undefined, model, {}), change })).toBe(true)
        expect((await registry.version(model, '1.0.0'))?.state).toBe('READY')
      })

      test('may need a version READY and take it out of that state at once', async () => {
        const model = newName()
        await readyVersion(model, '1.0.0')
        const change = { version: '1.0.0', seen: { state: 'READY' }, facts: { state: 'RETIRED' } } as const
        const move = { ...moveOf(undefined, model, {}), ready: '1.0.0', change }
        expect(await registry.commit(move)).toBe(true)
        expect((await registry.version(model, '1.0.0'))?.state).toBe('RETIRED')
      })

      test('whose version is not as it was seen moves nothing', async () => {
        const model = newName()
        const record = versionRecord(model, '1.0.0', { owner: 'somebody' })
        await registry.claim(record)
        const seen = { state: 'CREATING', owner: 'me' } as const
        const change = { version: '1.0.0', seen, facts: { state: 'READY' } } as const
        expect(await registry.commit({ ...moveOf(undefined, model, {}), change })).toBe(false)
        expect(await registry.version(model, '1.0.0')).toEqual(record)
        expect(await registry.model(model)).toBeUndefined()
        expect(await registry.history(model)).toEqual([])
      })

      test('of a record that has moved leaves the version it would change as it is', async () => {
        const model = newName()
        const record = versionRecord(model, '1.0.0')
        await registry.claim(record)
        await registry.commit(moveOf(undefined, model, {}))
        const change = { version: '1.0.0', seen: { state: 'CREATING' }, facts: { state: 'READY' } } as const
        expect(await registry.commit({ ...moveOf(undefined, model, {}), change })).toBe(false)
        expect(await registry.version(model, '1.0.0')).toEqual(record)
        await expect(registry.versions(model)).resolves.toEqual([record])
      })

      test('of one model and of another do not get in each other’s way', async () => {
        const [one, two] = [newName(), newName()]
        await registry.commit(moveOf(undefined, one, {}))
        expect(await registry.commit(moveOf(undefined, two, {}))).toBe(true)
        for (const model of [one, two]) expect(await registry.model(model)).toMatchObject({ model, rev: 1 })
      })
    })

    describe('history', () => {
      test('is told oldest first, and after a rev only what came then', async () => {
        const model = newName()
        for (let i = 0; i < 12; i += 1) await moveUntilDone(model, `1.0.${i}`)
        const revs = async (after?: number) => (await registry.history(model, after)).map(({ rev }) => rev)
        expect(await revs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
        expect(await revs(0)).toHaveLength(12)
        expect(await revs(9)).toEqual([10, 11, 12])
        expect(await revs(12)).toEqual([])
        expect(await revs(99)).toEqual([])
      })
    })

    describe('the versions', () => {
      test('of a model are all of its own', async () => {
        const [model, other] = [newName(), newName()]
        const records = ['1.0.0', '1.0.0-rc.1', '2.0.0'].map((version) => versionRecord(model, version))
        for (const record of records) await registry.claim(record)
        await registry.claim(versionRecord(other, '1.0.0'))
        const found = await registry.versions(model)
        expect(found).toHaveLength(3)
        expect(found).toEqual(expect.arrayContaining(records))
      })

      test('make their model known by name, before anything was released', async () => {
        const model = newName()
        await registry.claim(versionRecord(model, '1.0.0', { state: 'FAILED' }))
        await registry.claim(versionRecord(model, '2.0.0'))
        const names = await registry.modelNames()
        expect(names.filter((name) => name === model)).toEqual([model])
      })
    })

    describe('what it answered', () => {
      test('is not changed by what happens later', async () => {
        const model = newName()
        await readyVersion(model, '1.0.0')
        const first = moveOf(undefined, model, { aliases: { live: { stable: '1.0.0', by: 'x' } } })
        await registry.commit(first)
        const operation = operationRecord(`of-${model}`, { model })
        await registry.open(operation)
        const seen = [
          await registry.model(model),
          await registry.version(model, '1.0.0'),
          await registry.versions(model),
          await registry.history(model),
          await registry.operation(operation.id),
          await registry.operations(model),
        ]
        const before = structuredClone(seen)
        const change = { version: '1.0.0', seen: { state: 'READY' }, facts: { state: 'RETIRED' } } as const
        await registry.commit({ ...moveOf(first.next, model, { aliases: {} }), change })
        await registry.replaceOperation(operation, { ...operation, state: 'succeeded' })
        expect(seen).toEqual(before)
        expect((await registry.model(model))?.aliases).toEqual({})
        expect((await registry.version(model, '1.0.0'))?.state).toBe('RETIRED')
        expect((await registry.operation(operation.id))?.state).toBe('succeeded')
      })

      test('is up to date at once, for whoever asks', async () => {
        const model = newName()
        await registry.claim(versionRecord(model, '1.0.0'))
        let record: ModelRecord | undefined
        for (let i = 0; i < 20; i += 1) {
          const state = i % 2 === 0 ? 'CREATING' : 'READY'
          const facts = { state: i % 2 === 0 ? 'READY' : 'CREATING' } as const
          const move = moveOf(record, model, { accepted: [`1.0.${i}`] })
          await registry.commit({ ...move, change: { version: '1.0.0', seen: { state }, facts } })
          record = move.next
          expect(await registry.model(model)).toEqual(move.next)
          expect((await registry.version(model, '1.0.0'))?.state).toBe(facts.state)
        }
      })
    })

    describe('an operation', () => {
      test('is opened once', async () => {
        const operation = operationRecord('once')
        expect(await registry.open(operation)).toBe(true)
        expect(await registry.open({ ...operation, reason: 'another' })).toBe(false)
        expect(await registry.operation('once')).toEqual(operation)
      })

      test('is opened by one alone of many who open it at once', async () => {
        const opened = await Promise.all(
          times(20, (i) => registry.open(operationRecord('raced', { reason: `opener ${i}` }))),
        )
        expect(opened.filter(Boolean)).toHaveLength(1)
      })

      test('is replaced only as it was seen', async () => {
        const seen = operationRecord('replaced')
        const next: Operation = { ...seen, progress: [{ at: 'now', text: 'one' }] }
        await registry.open(seen)
        expect(await registry.replaceOperation(seen, next)).toBe(true)
        expect(await registry.replaceOperation(seen, { ...seen, state: 'failed' })).toBe(false)
        expect(await registry.operation('replaced')).toEqual(next)
        const read = (await registry.operation('replaced')) as Operation
        expect(await registry.replaceOperation(read, { ...read, state: 'failed' })).toBe(true)
      })

      test('that does not exist is not replaced', async () => {
        const operation = operationRecord('never-opened')
        expect(await registry.replaceOperation(operation, operation)).toBe(false)
        expect(await registry.operation('never-opened')).toBeUndefined()
      })

      unless('noted by many at once loses no note')('noted by many at once loses no note', async () => {
        const id = 'noted'
        await registry.open(operationRecord(id))
        const note = async (text: string) => {
          for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
            const seen = (await registry.operation(id)) as Operation
            const next = { ...seen, progress: [...seen.progress, { at: 'now', text }] }
            if (await registry.replaceOperation(seen, next)) return
          }
          throw new Error(`${id} could not be noted`)
        }
        await Promise.all(times(50, (i) => note(`note ${i}`)))
        const progress = (await registry.operation(id))?.progress ?? []
        expect(progress.map(({ text }) => text).toSorted()).toEqual(times(50, (i) => `note ${i}`).toSorted())
      })

      test('stands among those of its model, newest first', async () => {
        const model = newName()
        const at = (minute: number) => ({ model, startedAt: `2026-03-01T10:0${minute}:00.000Z` })
        await registry.open(operationRecord('newest-2', at(2)))
        await registry.open(operationRecord('newest-1', at(1)))
        await registry.open(operationRecord('newest-3', at(3)))
        await registry.open(operationRecord('newest-other', { model: newName() }))
        const found = await registry.operations(model)
        expect(found.map(({ id }) => id)).toEqual(['newest-3', 'newest-2', 'newest-1'])
      })

      test('is unfinished until it ends, oldest first', async () => {
        const started = (minute: number) => ({ startedAt: `2026-02-01T10:0${minute}:00.000Z` })
        const operations = [3, 1, 2].map((i) => operationRecord(`unfinished-${i}`, started(i)))
        for (const operation of operations) await registry.open(operation)
        await registry.open(operationRecord('unfinished-4', { ...started(4), state: 'failed' }))
        const ids = async () =>
          (await registry.unfinished()).map(({ id }) => id).filter((id) => id.startsWith('unfinished-'))
        expect(await ids()).toEqual(['unfinished-1', 'unfinished-2', 'unfinished-3'])
        const second = operations[2] as Operation
        await registry.replaceOperation(second, { ...second, state: 'succeeded' })
        expect(await ids()).toEqual(['unfinished-1', 'unfinished-3'])
        const third = operations[0] as Operation
        await registry.replaceOperation(third, { ...third, state: 'waiting' })
        expect(await ids()).toEqual(['unfinished-1', 'unfinished-3'])
      })
    })
  })
}
