import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import { sluiceRun } from '../cli/command.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { Stage, whole } from './stage.ts'

const folder = await temporaryFolder()
let stage: Stage
/** Moments at which something was so. */
const seen: { before: string; first: string; canary: string; second: string } = {
  before: '',
  first: '',
  canary: '',
  second: '',
}
const now = () => new Date().toISOString()

beforeAll(async () => {
  stage = await Stage.open()
  seen.before = now()
  const source = 'source: {git: 3f2c, dataset: customers, author: ada, metrics: {auc: 0.91}}\n'
  await stage.drop('churn', '1.0.0', whole({ 'model.onnx': timesModel(2) }, source))
  await stage.serves('churn', '1.0.0')
  seen.first = now()
  const later = `release: {alias: none}\n${source.replace('3f2c', '9a1b')}`
  await stage.drop('churn', '1.1.0', whole({ 'model.onnx': timesModel(3) }, later))
  expect((await stage.ended('release', 'churn', '1.1.0')).state).toBe('succeeded')
  const asking = setInterval(() => stage.ask('churn', '', { x: 1 }).catch(() => {}), 4)
  const { id } = await stage.client.promote('churn', {
    version: '1.1.0',
    rollout: 'canary:50%/1s',
    reason: '=HYPERLINK("http://evil.test")',
  })
  for (let canary: unknown; canary === undefined; seen.canary = now())
    canary = (await stage.client.model('churn')).aliases['live']?.canary
  expect((await stage.over(id).finally(() => clearInterval(asking))).state).toBe('succeeded')
  seen.second = now()
  const back = await stage.client.rollback('churn', { reason: 'we do not like it, "at all"' })
  expect((await stage.over(back.id)).state).toBe('succeeded')
}, 60_000)
afterAll(() => stage.close())

const run = (...args: readonly string[]) =>
  sluiceRun(['history', 'churn', ...args], {
    env: { SLUICE_PLATFORM_URL: stage.url, TZ: 'Europe/Berlin' },
    cwd: folder,
  })

describe('the time machine', () => {
  test('tells what served then, by whom, why, made of what, and until when', async () => {
    const { code, stdout } = await run('--at', seen.first)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^churn at \S+ \S+ UTC \(\S+ \S+ Europe\/Berlin\), after entry 2\n/)
    expect(stdout).toMatch(/^live served 1\.0\.0\n/m)
    expect(stdout).toMatch(/^ {4}since {4}\S+ \S+: live moved to 1\.0\.0, by .+ \(entry 2, operation \S+\)$/m)
    expect(stdout).toMatch(
      /^ {4}source {3}git 3f2c, dataset customers, author ada, metrics \{"auc":0\.91\}$/m,
    )
    expect(stdout).toMatch(/^ {4}artifact sha256:[0-9a-f]{64}$/m)
    expect(stdout).toMatch(/^ {4}image {4}sha256:[0-9a-f]{64}$/m)
    expect(stdout).toMatch(/^ {2}until {6}\S+ \S+: 1\.1\.0 gets 50 % of live, by/m)
  })

  test('tells the canary with its weight, then what came of it, then the rollback', async () => {
    const [canary, second, last] = await Promise.all([
      run('--at', seen.canary, '--alias', 'live', '--json'),
      run('--at', seen.second, '--json'),
      run('--at', now(), '--json'),
    ])
    expect(canary.json['served']).toMatchObject([
      {
        alias: 'live',
        stable: { version: '1.0.0' },
        canary: { version: '1.1.0', weightPercent: 50, source: { git: '9a1b' } },
      },
    ])
    expect(second.json['served']).toMatchObject([
      {
        stable: { version: '1.1.0', since: { kind: 'promoted' } },
        previous: '1.0.0',
        until: { kind: 'rolled-back' },
      },
    ])
    expect(last.json['served']).toMatchObject([
      { stable: { version: '1.0.0', since: { kind: 'rolled-back', reason: 'we do not like it, "at all"' } } },
    ])
  })

  test('says clearly that nothing was there, and refuses what is no moment or no alias', async () => {
    const { code, stdout } = await run('--at', seen.before)
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /: nothing of churn was there yet\. Its history begins at .*: 1\.0\.0 released, by/,
      ),
    ])
    const [yesterday, nobody, beside] = await Promise.all([
      run('--at', 'yesterday', '--json'),
      run('--at', '0s ago', '--alias', 'nobody', '--json'),
      run('--at', '0s ago', '--kind', 'promoted', '--json'),
    ])
    expect([yesterday, nobody, beside].map(({ code: one, json }) => [one, json['code']])).toEqual([
      [1, 'request-malformed'],
      [1, 'alias-unknown'],
      [1, 'usage'],
    ])
  })
})

test('entries are a table in local time, filtered', async () => {
  const { stdout } = await run('--kind', 'promoted,rolled-back', '--since', '1h ago')
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^REV {2}AT \(Europe\/Berlin\) +WHAT +BY +WHY$/)
  expect(lines).toHaveLength(4)
  expect(lines[1]).toMatch(/live moved to 1\.0\.0, past golden, compatibility /)
  expect(lines[3]).toContain('live returned to 1.0.0 from 1.1.0')
  const none = await run('--kind', 'retired')
  expect([none.code, none.stdout, none.stderr]).toEqual([
    0,
    '',
    'no entry in the history of churn is as asked\n',
  ])
})

describe('an export', () => {
  test('as JSON Lines is verified by its lines alone, without any code of ours', async () => {
    const { code, stdout, stderr } = await run('--export', 'jsonl', '-o', 'churn.jsonl')
    expect([code, stdout, stderr]).toEqual([0, '', expect.stringMatching(/^churn\.jsonl: \d+ bytes\n$/)])
    const lines = (await readFile(join(folder, 'churn.jsonl'), 'utf8')).trimEnd().split('\n')
    let before = ''
    for (const line of lines) {
      const [, hash = ''] = /"hash":"([0-9a-f]{64})",/.exec(line) ?? []
      expect(
        createHash('sha256')
          .update(line.replace(`"hash":"${hash}",`, ''))
          .digest('hex'),
      ).toBe(hash)
      expect(JSON.parse(line).before).toBe(before)
      before = hash
    }
    const { head, rev } = await stage.client.model('churn')
    expect([lines.length, before]).toEqual([rev, head])
  })

  test('as CSV defuses the formula that somebody gave as a reason', async () => {
    const { code, stdout } = await run('--export', 'csv', '--alias', 'live')
    const rows = parse(stdout, { columns: true }) as Record<string, string>[]
    expect([code, rows.map(({ kind }) => kind)]).toEqual([
      0,
      ['promoted', 'canary-started', 'promoted', 'rolled-back'],
    ])
    expect(rows[2]?.['reason']).toBe('\'=HYPERLINK("http://evil.test")')
    expect(rows[3]?.['reason']).toBe('we do not like it, "at all"')
  })

  test('is refused beside --json, and to a place that is none', async () => {
    const [json, place, alone] = await Promise.all([
      run('--export', 'csv', '--json'),
      run('--export', 'csv', '-o', 'no/such/folder.csv'),
      run('-o', 'churn.csv', '--json'),
    ])
    expect([json.code, place.code, alone.code]).toEqual([1, 1, 1])
    expect(json.json['code']).toBe('usage')
    expect(place.stderr).toMatch(/'no\/such\/folder\.csv' cannot be written: ENOENT/)
  })
})
