import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { sha256Hex } from '../../../lib/rules/digest.ts'
import { openDatabase } from '../../../local/database.ts'
import { FolderStore } from '../../../local/folder-store.ts'
import { type Home, HomeTaken, homeAt, takeHome } from '../../../local/home.ts'
import { rebuildRegistry } from '../../../local/rebuild/rebuild-registry.ts'
import { SqliteRegistry } from '../../../local/sqlite-registry.ts'
import { movesOf, releasedRecord } from '../../harness/chains.ts'
import { refused } from '../../harness/refused.ts'
import { temporaryFolder } from '../../harness/temporary-folder.ts'

const folder = await temporaryFolder()
let homes = 0
let home: Home

/** A home with the records of a model, and an old registry that knows something else. */
async function newHome(model = 'churn', length = 8): Promise<Home> {
  homes += 1
  const made = homeAt(join(folder, `${homes}`))
  const store = new FolderStore(made)
  for (const { entry } of movesOf(model, length)) await store.writeRecord(entry)
  const old = openDatabase(made.database)
  old.prepare('insert into models (model, rev, record) values (?, ?, ?)').run('old', 1, '{"model":"old"}')
  old.close()
  return made
}
beforeEach(async () => {
  home = await newHome()
})

/** The models that the registry of a home knows, with their revisions. */
function known(path = home.database): [string, number][] {
  const database = new DatabaseSync(path)
  const rows = database.prepare('select model, rev from models order by model').all()
  expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.close()
  return rows.map(({ model, rev }) => [String(model), Number(rev)])
}

const place = (rev: number, model = 'churn') => join(home.store, 'records', model, `${rev}.json`)
const asideOf = async (beginning: string) =>
  (await readdir(home.root)).filter((name) => name.startsWith(beginning)).toSorted()

describe('a registry made anew', () => {
  test('knows what the records tell, and the old one is put aside whole', async () => {
    const rebuilt = await rebuildRegistry({ home: home.root })
    expect(known()).toEqual([['churn', 8]])
    expect(rebuilt.models.map(({ record, break: broken }) => [record.model, broken])).toEqual([
      ['churn', undefined],
    ])
    expect(await asideOf('registry-')).toEqual([rebuilt.oldRegistry])
    expect(known(join(home.root, rebuilt.oldRegistry ?? ''))).toEqual([['old', 1]])
    const database = openDatabase(home.database)
    const registry = new SqliteRegistry(database)
    expect(await registry.model('churn')).toEqual(movesOf('churn', 8)[7]?.next)
    expect(await registry.history('churn')).toEqual(movesOf('churn', 8).map(({ entry }) => entry))
    expect((await registry.versions('churn')).map(({ version, state }) => [version, state])).toEqual([
      ['1.0.0', 'READY'],
      ['1.1.0', 'READY'],
    ])
    database.close()
  })

  test('does not take what SQLite left beside the old one for its own, and keeps that with the old', async () => {
    // A process that was killed leaves its last writes in the -wal.
    const script = `
      import { openDatabase } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'local', 'database.ts')).href)}
      openDatabase(process.argv[1]).exec("insert into models values ('late', 7, '{}')")
      process.kill(process.pid, 'SIGKILL')`
    await once(
      spawn(process.execPath, ['--input-type=module-typescript', '--eval', script, home.database]),
      'exit',
    )
    expect((await stat(`${home.database}-wal`)).size).toBeGreaterThan(0)
    const left = await readFile(`${home.database}-wal`)
    const { oldRegistry = '' } = await rebuildRegistry({ home: home.root })
    expect(known()).toEqual([['churn', 8]])
    // Also where the registry itself is gone.
    await rm(home.database)
    await writeFile(`${home.database}-wal`, left)
    await rebuildRegistry({ home: home.root })
    expect(known()).toEqual([['churn', 8]])
    expect(known(join(home.root, oldRegistry))).toEqual([
      ['late', 7],
      ['old', 1],
    ])
  })

  test('takes the place of one that is no database, or is not there', async () => {
    await writeFile(home.database, 'a disk wrote this here '.repeat(400))
    await writeFile(`${home.database}-wal`, 'and this')
    const { oldRegistry = '' } = await rebuildRegistry({ home: home.root })
    expect(known()).toEqual([['churn', 8]])
    expect(await readFile(join(home.root, oldRegistry), 'utf8')).toMatch(/^a disk wrote/)
    expect(await readFile(join(home.root, `${oldRegistry}-wal`), 'utf8')).toBe('and this')
    await rm(home.database)
    expect((await rebuildRegistry({ home: home.root })).oldRegistry).toBeUndefined()
    expect(known()).toEqual([['churn', 8]])
  })

  test('packs images again from frozen bytes, and names the versions whose bytes are gone or changed', async () => {
    const gone = await rebuildRegistry({ home: home.root })
    expect(gone.notes).toEqual(
      ['1.0.0', '1.1.0'].map((version) => ({
        model: 'churn',
        version,
        served: false,
        note: 'its image is gone, and the frozen bytes of model.onnx are too',
      })),
    )
    // The fixture's bytes are named after the text they are.
    const bytes = (version: string) => join(home.frozen, sha256Hex(`churn ${version}`))
    await writeFile(bytes('1.0.0'), 'churn 1.0.0')
    await writeFile(bytes('1.1.0'), 'other bytes')
    await chmod(bytes('1.0.0'), 0o444)
    const { notes } = await rebuildRegistry({ home: home.root })
    expect(notes.map(({ version, served, note }) => [version, served, note])).toEqual([
      ['1.0.0', true, expect.stringMatching(/packed again with this version of Sluice's runtime/)],
      ['1.1.0', false, 'its image is gone, and the frozen bytes of model.onnx were changed'],
    ])
    const database = new DatabaseSync(home.database)
    const rows = database.prepare('select name, image from endpoints').all()
    database.close()
    expect(rows).toEqual([
      { name: 'churn-1.0.0', image: expect.stringMatching(/^\/.*\/images\/[0-9a-f]{64}$/) },
    ])
    expect(await readFile(join(String(rows[0]?.['image']), 'model.onnx'), 'utf8')).toBe('churn 1.0.0')
  })
})

test('a home that was moved serves the images that it holds itself, wherever they were when they were recorded', async () => {
  const { image } = releasedRecord('churn', '1.1.0')
  const place = join(home.images, (image?.digest ?? '').slice('sha256:'.length))
  await mkdir(place)
  const { notes } = await rebuildRegistry({ home: home.root })
  expect(notes.map(({ version }) => version)).toEqual(['1.0.0'])
  const database = openDatabase(home.database)
  expect(database.prepare('select image from endpoints').all()).toEqual([{ image: place }])
  expect((await new SqliteRegistry(database).version('churn', '1.1.0'))?.image).toEqual({
    ...image,
    uri: place,
  })
  database.close()
})

describe('a rebuild is refused, and changes nothing,', () => {
  async function untouched(work: () => Promise<unknown>): Promise<void> {
    const before = await readFile(home.database)
    await work()
    expect((await readFile(home.database)).equals(before)).toBe(true)
    expect(await asideOf('registry-')).toEqual([])
    expect(await asideOf('records-')).toEqual([])
  }

  test('while a platform lives in the home', async () => {
    const letGo = takeHome(home)
    await untouched(() => expect(rebuildRegistry({ home: home.root })).rejects.toBeInstanceOf(HomeTaken))
    letGo()
    await rebuildRegistry({ home: home.root })
  })

  test('where there is no record, or no home at all', async () => {
    await rm(join(home.store, 'records', 'churn'), { recursive: true })
    await untouched(async () => {
      expect((await refused(rebuildRegistry({ home: home.root }))).code).toBe('nothing-to-rebuild')
    })
    const nowhere = join(folder, 'nowhere')
    expect((await refused(rebuildRegistry({ home: nowhere }))).code).toBe('nothing-to-rebuild')
    await expect(stat(nowhere)).rejects.toThrow('ENOENT')
  })

  test('where a record was edited, is gone, or is no JSON, naming each', async () => {
    const store = new FolderStore(home)
    for (const { entry } of movesOf('fraud', 4)) await store.writeRecord(entry)
    await writeFile(place(6), (await readFile(place(6), 'utf8')).replace('"ada"', '"eve"'))
    await rm(place(2, 'fraud'))
    await untouched(async () => {
      const problem = await refused(rebuildRegistry({ home: home.root }))
      expect(problem.code).toBe('chain-broken')
      expect(problem.message).toMatch(/^entry 6 of 'churn' was edited.*chains that are broken: 2/)
      expect(problem.errors).toEqual([
        expect.objectContaining({ pointer: '/records/churn/6.json', found: expect.stringMatching(/edited/) }),
        expect.objectContaining({
          pointer: '/records/fraud/2.json',
          found: expect.stringMatching(/no record/),
        }),
      ])
    })
    await writeFile(place(6), '{"half": ')
    await untouched(async () => {
      expect((await refused(rebuildRegistry({ home: home.root }))).message).toMatch(/^entry 6 .* no JSON/)
    })
  })

  test("where a second home's records are mixed in", async () => {
    const mine = home
    home = await newHome('churn', 3)
    const { entry } = movesOf('churn', 12)[9] ?? {}
    // The same moves, of another hand: the chains part at the first entry.
    const other = homeAt(join(folder, 'second'))
    const stranger = JSON.parse(await readFile(place(1), 'utf8'))
    expect(stranger.actor).toBe('ada')
    await new FolderStore(other).writeRecord({ ...entry, model: 'churn', rev: 4 } as never)
    await cp(join(other.store, 'records'), join(home.store, 'records'), { recursive: true })
    await untouched(async () => {
      expect((await refused(rebuildRegistry({ home: home.root }))).message).toMatch(
        /^entry 4 of 'churn' does not/,
      )
    })
    home = mine
    await rename(join(home.store, 'records', 'churn'), join(home.store, 'records', 'fraud'))
    await untouched(async () => {
      expect((await refused(rebuildRegistry({ home: home.root }))).message).toMatch(/another model, 'churn'/)
    })
  })
})

describe('until the break', () => {
  test('the good entries stand, the records behind it are put aside, and new moves take their places', async () => {
    await writeFile(place(6), (await readFile(place(6), 'utf8')).replace('"ada"', '"eve"'))
    const rebuilt = await rebuildRegistry({ home: home.root, untilBreak: true })
    expect(rebuilt.models[0]).toMatchObject({ record: { rev: 5 }, break: { rev: 6 } })
    expect(known()).toEqual([['churn', 5]])
    const aside = join(home.root, rebuilt.oldRecords ?? '', 'records', 'churn')
    expect((await readdir(aside)).toSorted()).toEqual(['6.json', '7.json', '8.json'])
    expect(await readFile(join(aside, '6.json'), 'utf8')).toContain('"eve"')
    expect(await new FolderStore(home).recordedRev('churn')).toBe(5)
    // And a second time there is no break any more.
    expect((await rebuildRegistry({ home: home.root })).models[0]?.break).toBeUndefined()
  })

  test('a model whose first entry is not good is left out', async () => {
    await writeFile(place(1), '{}')
    await rebuildRegistry({ home: home.root, untilBreak: true })
    expect(known()).toEqual([])
    expect(await new FolderStore(home).recordedModels()).toEqual([])
  })
})

describe('a rebuild that is killed', () => {
  const module = pathToFileURL(
    join(import.meta.dirname, '..', '..', '..', 'local', 'rebuild', 'rebuild-registry.ts'),
  ).href
  const script = `
    import { rebuildRegistry } from ${JSON.stringify(module)}
    const [home, at] = process.argv.slice(1)
    await rebuildRegistry({ home, untilBreak: true, told: (stage) => { if (stage === at) process.kill(process.pid, 'SIGKILL') } })`

  test.each([
    ['reading', 'old'],
    ['writing', 'old'],
    ['setting-aside', 'old'],
    ['placing', 'old'],
    ['placed', 'churn'],
  ])(
    'while %s leaves the registry that stands as it was, and another goes through',
    async (stage, stands) => {
      const child = spawn(process.execPath, [
        '--input-type=module-typescript',
        '--eval',
        script,
        home.root,
        stage,
      ])
      const [, signal] = await once(child, 'exit')
      expect(signal).toBe('SIGKILL')
      expect(known().map(([model]) => model)).toEqual([stands])
      await rebuildRegistry({ home: home.root })
      expect(known()).toEqual([['churn', 8]])
      expect(await asideOf('registry-draft')).toEqual([])
      const kept = await Promise.all((await asideOf('registry-')).map((name) => known(join(home.root, name))))
      expect(kept).toContainEqual([['old', 1]])
    },
  )

  test('before the records behind a break were put aside is mended by another', async () => {
    await writeFile(place(6), '{}')
    const child = spawn(process.execPath, [
      '--input-type=module-typescript',
      '--eval',
      script,
      home.root,
      'placed',
    ])
    await once(child, 'exit')
    expect(known()).toEqual([['churn', 5]])
    expect(await new FolderStore(home).recordedRev('churn')).toBe(8)
    await rebuildRegistry({ home: home.root, untilBreak: true })
    expect(known()).toEqual([['churn', 5]])
    expect(await new FolderStore(home).recordedRev('churn')).toBe(5)
  })
})
