import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { controlApp } from '../../lambdas/control/control.ts'
import type { Ports } from '../../lambdas/ports.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import { canonicalJson, sha256Hex } from '../../lib/rules/digest.ts'
import type { Verification } from '../../lib/rules/verification.ts'
import { openDatabase } from '../../local/database.ts'
import { FolderStore } from '../../local/folder-store.ts'
import { type Home, homeAt } from '../../local/home.ts'
import { SqliteApiKeys } from '../../local/sqlite-api-keys.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { forged, movesOf, releasedRecord } from '../harness/chains.ts'
import { problemIn } from '../harness/problem-document.ts'
import { operationRecord } from '../harness/records.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'

const folder = await temporaryFolder()
const moves = movesOf('churn', 8)
let homes = 0
let home: Home
let database: DatabaseSync

beforeEach(async () => {
  homes += 1
  home = homeAt(join(folder, `${homes}`))
  database = openDatabase(home.database)
  const registry = new SqliteRegistry(database)
  const store = new FolderStore(home)
  for (const version of ['1.0.0', '1.1.0']) await registry.claim(releasedRecord('churn', version))
  for (const move of moves) {
    expect(await registry.commit(move)).toBe(true)
    await store.writeRecord(move.entry)
  }
})
afterEach(() => database.close())

/** Ask as the gateway does, of a platform that has just been started. */
function ask(path: string): Promise<Response> {
  const ports = { registry: new SqliteRegistry(database), store: new FolderStore(home) } as unknown as Ports
  const app = controlApp(ports, { store: 'file:///the/store', keys: new SqliteApiKeys(database) })
  return Promise.resolve(app.fetch(new Request(`http://localhost${path}`), { path, actor: 'ada' }))
}

async function verified(model = 'churn'): Promise<Verification> {
  const response = await ask(`/models/${model}/verification`)
  expect(response.status).toBe(200)
  return (await response.json()) as Verification
}

const place = (rev: number, model = 'churn') => join(home.store, 'records', model, `${rev}.json`)
const recordAt = async (rev: number) => JSON.parse(await readFile(place(rev), 'utf8')) as HistoryEntry
const writeRecord = (rev: number, entry: unknown) => writeFile(place(rev), JSON.stringify(entry, null, 2))

/** Write the registry's history anew, as somebody who has the file. */
function writeHistory(entries: readonly HistoryEntry[], text = JSON.stringify): void {
  database.exec('delete from history')
  const insert = database.prepare('insert into history (model, rev, entry) values (?, ?, ?)')
  for (const [i, entry] of entries.entries()) insert.run('churn', i + 1, text(entry))
}

function writeAnchor(entry: HistoryEntry | undefined): void {
  const { aliases = {}, accepted = [] } = entry?.after ?? {}
  const record = { ...moves.at(-1)?.next, rev: entry?.rev ?? 0, head: entry?.hash ?? '', aliases, accepted }
  database.prepare('update models set rev = ?, record = ?').run(record.rev, JSON.stringify(record))
}

const entries = moves.map(({ entry }) => entry)
const edited = (rev: number, facts: Partial<HistoryEntry>) =>
  entries.map((entry) => (entry.rev === rev ? { ...entry, ...facts } : entry))

describe('a chain that nobody touched', () => {
  test('holds, and tells how far it goes', async () => {
    const { next } = moves[7] ?? {}
    expect(await verified()).toEqual({
      model: 'churn',
      entries: 8,
      rev: 8,
      head: next?.head,
      unrecorded: 0,
      holds: true,
    })
  })

  test('holds while an operation has not written its records, and says how many', async () => {
    await new SqliteRegistry(database).open(operationRecord('promotion-x'))
    await rm(place(8))
    await rm(place(7))
    expect(await verified()).toMatchObject({ holds: true, unrecorded: 2 })
  })

  test('of a model without any move is none, and holds; of one that nobody knows is a 404', async () => {
    const { state: _, ...claimed } = releasedRecord('early', '1.0.0')
    await new SqliteRegistry(database).claim({ ...claimed, state: 'CREATING' })
    expect(await verified('early')).toMatchObject({ holds: true, entries: 0, rev: 0 })
    await problemIn(await ask('/models/nobody/verification'), 'model-unknown')
    await problemIn(await ask('/models/No-Name/verification'), 'model-name-malformed')
  })

  test('of a thousand entries is verified to the last of them', async () => {
    const many = movesOf('many', 1000)
    await mkdir(dirname(place(1, 'many')), { recursive: true })
    for (const { entry } of many) await writeFile(place(entry.rev, 'many'), JSON.stringify(entry))
    const last = many.at(-1)?.next
    if (last === undefined) throw new Error('there are no moves')
    new SqliteRegistry(database).restore([
      { record: last, entries: many.map(({ entry }) => entry), versions: [] },
    ])
    expect(await verified('many')).toMatchObject({ holds: true, entries: 1000 })
    await writeFile(place(999, 'many'), '{}')
    expect(await verified('many')).toMatchObject({ holds: false, break: { rev: 999 } })
  }, 60_000)
})

/** Each is done, and found at that revision with that said of it. */
const tamperings: readonly (readonly [string, () => void | Promise<void>, number, RegExp])[] = [
  ['an entry edited in the registry', () => writeHistory(edited(4, { actor: 'eve' })), 4, /was edited/],
  [
    'an entry dropped from it',
    () => writeHistory(entries.toSpliced(3, 1)),
    4,
    /is missing: the next entry is 5/,
  ],
  [
    'two entries swapped in it',
    () => writeHistory(entries.toSpliced(3, 2, ...entries.slice(3, 5).toReversed())),
    4,
    /is missing/,
  ],
  [
    'an entry appended to it',
    () => {
      const longer = forged([...entries, { ...(entries[7] as HistoryEntry), version: '6.6.6' }])
      writeHistory(longer)
      writeAnchor(longer[8])
    },
    9,
    /has no record in the store, and no operation is running/,
  ],
  [
    'an entry appended to it, past its head',
    () => writeHistory(forged([...entries, { ...(entries[7] as HistoryEntry), version: '6.6.6' }])),
    9,
    /head knows of none .* it was appended/,
  ],
  [
    'an alias moved past the history',
    () => {
      const { next } = moves[7] ?? {}
      const aliases = { live: { stable: '6.6.6', by: 'eve' } }
      database.prepare('update models set record = ?').run(JSON.stringify({ ...next, aliases }))
    },
    8,
    /left other aliases or accepted versions behind than calls are routed by/,
  ],
  ['its end cut off', () => writeHistory(entries.slice(0, 6)), 6, /is the last there is.* 8 entries/],
  [
    'its end and its head cut off: an old copy was put back',
    () => {
      writeHistory(entries.slice(0, 6))
      writeAnchor(entries[5])
    },
    7,
    /records up to 8: the registry was set back/,
  ],
  [
    'the whole chain rewritten with its head',
    () => {
      const anew = forged(edited(3, { reason: 'it was not me' }))
      writeHistory(anew)
      writeAnchor(anew[7])
    },
    3,
    /is told otherwise by its record/,
  ],
  [
    'an entry of it made no JSON',
    () => writeHistory(entries, () => 'gone'),
    1,
    /cannot be read in the registry/,
  ],
  [
    'the model dropped from the registry',
    () => database.exec('delete from models; delete from history; delete from versions'),
    1,
    /records up to 8: the registry was set back, or lost/,
  ],
  [
    'a record edited',
    async () => writeRecord(5, { ...(await recordAt(5)), actor: 'eve' }),
    5,
    /record .* was edited/,
  ],
  [
    'a record edited, with a hash that fits',
    async () => {
      const { hash: _, ...entry } = await recordAt(5)
      const [anew] = forged([{ ...entry, actor: 'eve', hash: '' }])
      // `forged` begins a chain; this link is joined by hand.
      const { hash: __, ...link } = { ...(anew as HistoryEntry), rev: 5, before: entry.before }
      await writeRecord(5, { ...link, hash: hashOf(link) })
    },
    5,
    /is told otherwise by its record/,
  ],
  ['a record emptied of all it said', () => writeRecord(5, null), 5, /record .* was edited/],
  ['a record that is no JSON', () => writeFile(place(5), '{"model": "chu'), 5, /no JSON/],
  ['a record taken away', () => rm(place(5)), 5, /has no record in the store/],
  ['the last record taken away', () => rm(place(8)), 8, /has no record in the store, and no operation/],
  [
    'two records swapped',
    async () => {
      const [fifth, sixth] = [await recordAt(5), await recordAt(6)]
      await writeRecord(5, sixth)
      await writeRecord(6, fifth)
    },
    5,
    /record .* was edited/,
  ],
  ['a record added', () => writeRecord(9, entries[7]), 9, /is not in the registry/],
]

function hashOf(link: unknown): string {
  return sha256Hex(canonicalJson(link))
}

describe('what somebody did is found, and named:', () => {
  test.each(tamperings)('%s', async (_, tamper, rev, fault) => {
    expect((await verified()).holds).toBe(true)
    await tamper()
    expect(await verified()).toMatchObject({
      holds: false,
      break: { rev, fault: expect.stringMatching(fault) },
    })
    const { models } = (await (await ask('/verification')).json()) as { models: string[] }
    expect(models).toEqual(['churn'])
  })

  test('the first of several breaks', async () => {
    await rm(place(2))
    writeHistory(edited(6, { actor: 'eve' }))
    expect(await verified()).toMatchObject({ break: { rev: 2 } })
  })
})

describe('a model that moves while it is verified holds:', () => {
  const more = movesOf('churn', 9)[8]

  async function verifiedOver(ports: Pick<Ports, 'registry' | 'store'>): Promise<Verification> {
    const app = controlApp(ports as Ports, { store: 'file:///the/store', keys: new SqliteApiKeys(database) })
    const path = '/models/churn/verification'
    return (await (
      await app.fetch(new Request(`http://localhost${path}`), { path, actor: 'ada' })
    ).json()) as Verification
  }

  test('a move that is committed and recorded after the head was read is no record too many', async () => {
    const registry = new SqliteRegistry(database)
    class Moving extends FolderStore {
      override async recordedRev(model: string): Promise<number> {
        if (more === undefined || !(await registry.commit(more))) throw new Error('it did not move')
        await this.writeRecord(more.entry)
        return super.recordedRev(model)
      }
    }
    expect(await verifiedOver({ registry, store: new Moving(home) })).toMatchObject({ holds: true, rev: 8 })
    expect(await verified()).toMatchObject({ holds: true, rev: 9 })
  })

  test('an operation that writes its records and ends after the head was read left none out', async () => {
    const store = new FolderStore(home)
    const running = operationRecord('promotion-x')
    class Ending extends SqliteRegistry {
      override async unfinished() {
        if (more !== undefined) await store.writeRecord(more.entry)
        await this.replaceOperation(running, { ...running, state: 'succeeded' })
        return super.unfinished()
      }
    }
    const registry = new Ending(database)
    await registry.open(running)
    if (more !== undefined) await registry.commit(more)
    expect(await verifiedOver({ registry, store })).toMatchObject({ holds: true, rev: 9, unrecorded: 0 })
  })
})
