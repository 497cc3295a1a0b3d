import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sluiceRun } from '../cli/command.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { Stage, whole } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
}, 30_000)
afterAll(() => stage.close())

const run = (args: readonly string[]) => sluiceRun(args, { env: { SLUICE_PLATFORM_URL: stage.url } })
const ready = 'release: {alias: none}\n'

async function release(model: string, version: string, factor: number, manifest = ''): Promise<void> {
  await stage.drop(model, version, whole({ 'model.onnx': timesModel(factor) }, manifest))
  expect((await stage.ended('release', model, version)).state).toBe('succeeded')
}

async function promote(model: string, version: string, rollout = 'all-at-once'): Promise<void> {
  const { id } = await stage.client.promote(model, { version, rollout, reason: 'on we go' })
  expect((await stage.over(id)).state).toBe('succeeded')
}

/** The history as it lies in the registry's file. */
function historyText(): string[] {
  const database = new DatabaseSync(join(stage.home, 'registry.sqlite'))
  const rows = database.prepare('select entry from history order by model, rev').all()
  database.close()
  return rows.map(({ entry }) => String(entry))
}

/** All that a caller can see of the models. A retired version's endpoint is collected, and nobody can tell it. */
async function seen() {
  const names = (await stage.client.models()).map(({ model }) => model)
  return Promise.all(
    names.map(async (model) => {
      const { operations: _, versions, ...details } = await stage.client.model(model)
      const answers = versions.map(async ({ version }) => {
        const { status, headers, json } = await stage.ask(model, `versions/${version}`, { x: 7 })
        const { state, retiredAt: __, ...facts } = await stage.client.version(model, version)
        return {
          facts,
          retired: state === 'RETIRED' || state === 'DELETING',
          answer: [status, headers.get('model-digest'), json.predictions ?? json.code],
        }
      })
      const ranges = ['versions/1', 'versions/~2.0.0', '', 'aliases/previous'].map(async (target) => {
        const { version, json } = await stage.ask(model, target, { x: 7 })
        return [target, version, json.predictions ?? json.code]
      })
      return {
        details,
        history: await stage.client.history(model),
        versions: await Promise.all(answers),
        ranges: await Promise.all(ranges),
      }
    }),
  )
}

test('a registry that was lost is made anew from the records, and the platform goes on as if nothing had been', async () => {
  await release('first', '1.0.0', 2)
  await stage.serves('first', '1.0.0')
  await release('first', '1.1.0', 3, ready)
  const asking = setInterval(() => stage.ask('first', '', { x: 1 }).catch(() => {}), 4)
  await promote('first', '1.1.0', 'canary:50%/1s').finally(() => clearInterval(asking))
  await release('first', '2.0.0', 4, ready)
  await promote('first', '2.0.0')
  const back = await stage.client.rollback('first', { to: '1.1.0', reason: 'we do not like it' })
  expect((await stage.over(back.id)).state).toBe('succeeded')
  const { id } = await stage.client.retire('first', { version: '2.0.0', reason: 'it does harm' })
  expect((await stage.over(id)).state).toBe('succeeded')
  await release('second', '1.0.0', 5)
  await stage.serves('second', '1.0.0')
  await stage.over((await stage.operations('second')).at(-1)?.id ?? '')

  const before = await seen()
  expect(before.map(({ history }) => history.map(({ kind }) => kind).join(' '))).toEqual([
    'released promoted released canary-started promoted released promoted rolled-back retired',
    'released promoted',
  ])
  const verified = await run(['verify'])
  expect([verified.code, verified.stderr]).toEqual([0, ''])
  expect(verified.stdout).toMatch(
    /^✔ first holds: 9 entries up to [0-9a-f]{12}\n✔ second holds: 2 entries up to/,
  )
  expect((await run(['rebuild', '--home', stage.home, '--json'])).json).toMatchObject({
    code: 'usage',
    detail: expect.stringMatching(/another platform runs/),
  })

  await stage.stop()
  const entries = historyText()
  for (const end of ['', '-wal', '-shm']) await rm(join(stage.home, `registry.sqlite${end}`), { force: true })
  // One image is lost with it: its bytes are still there.
  const [lost = ''] = await readdir(join(stage.home, 'images'))
  await rm(join(stage.home, 'images', lost), { recursive: true })
  const rebuilt = await run(['rebuild', '--home', stage.home])
  expect(rebuilt.code).toBe(0)
  expect(rebuilt.stdout).toBe(
    '✔ first: 9 entries, 3 versions\n✔ second: 2 entries, 1 version\n2 models, 4 versions, 11 entries\n',
  )
  expect(rebuilt.stderr).toMatch(/not in the records: operations/)
  expect(historyText()).toEqual(entries)

  await stage.start()
  expect(await seen()).toEqual(before)
  await release('first', '1.2.0', 6, ready)
  await promote('first', '1.2.0')
  expect((await stage.ask('first', '', { x: 7 })).json.predictions).toEqual([42])
  const again = await run(['verify', 'first', '--json'])
  expect([again.code, again.json]).toEqual([
    0,
    {
      holds: true,
      models: [expect.objectContaining({ model: 'first', entries: 11, holds: true, unrecorded: 0 })],
    },
  ])
}, 90_000)

test('a record that was edited is found by its name, and ends the command with 4', async () => {
  const place = join(stage.home, 'store', 'records', 'second', '2.json')
  const text = await readFile(place, 'utf8')
  await writeFile(place, text.replace('"reason": "', '"reason": "not '))
  const { code, stdout, stderr } = await run(['verify'])
  expect(code).toBe(4)
  expect(stdout).toMatch(/^✔ first holds: .*\n✖ second: entry 2 has a record in the store that was edited\n$/)
  expect(stderr).toMatch(/sluice explain chain-broken/)
  await stage.stop()
  const refused = await run(['rebuild', '--home', stage.home, '--json'])
  expect([refused.code, refused.json['code']]).toEqual([4, 'chain-broken'])
  const until = await run(['rebuild', '--home', stage.home, '--until-break', '--json'])
  expect([until.code, until.json]).toEqual([
    0,
    expect.objectContaining({
      models: [
        expect.objectContaining({ model: 'first', rev: 11 }),
        expect.objectContaining({ model: 'second', rev: 1, break: { rev: 2, fault: expect.any(String) } }),
      ],
      oldRegistry: expect.stringMatching(/^registry-.*\.sqlite$/),
      oldRecords: expect.stringMatching(/^records-/),
    }),
  ])
  await stage.start()
  expect((await run(['verify'])).code).toBe(0)
  await promote('second', '1.0.0')
  expect((await run(['verify', 'second', '--json'])).json).toMatchObject({
    holds: true,
    models: [{ entries: 2 }],
  })
}, 60_000)

test('verifying an unknown model is the mistake of who asks', async () => {
  const { code, json } = await run(['verify', 'nobody', '--json'])
  expect([code, json['code']]).toEqual([1, 'model-unknown'])
})
