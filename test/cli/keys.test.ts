import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { expiryOf } from '../../cli/verbs/keys.ts'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { refused } from '../harness/refused.ts'
import { sluiceRun, sluiceUp, type UpPlatform } from './command.ts'

let folder: string
let home: string
let platform: UpPlatform
let url: string
let owner: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  home = join(folder, 'home')
  await lendMachines(homeAt(home))
  platform = await sluiceUp(home, ['--bare', '--auth', 'keys'])
  ;({ url, key: owner } = JSON.parse(platform.stdout[0] ?? '{}') as { url: string; key: string })
}, 30_000)
afterAll(async () => {
  platform.child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  sluiceRun(args, { env: { SLUICE_PLATFORM_URL: url, ...env } })
/** As whoever lives in the home of the platform. */
const atHome = (...args: string[]) => run(args, { SLUICE_HOME: home })

test('up shows the key of its home once, when it is made', () => {
  expect(owner).toMatch(/^sluice_[0-9a-f]{16}_[0-9A-Za-z]{49}$/)
})

test('a key is made, used, listed and revoked', async () => {
  const created = await atHome(
    '--json',
    'keys',
    'create',
    'shop',
    '--scope',
    'invoke',
    '--model',
    'alpha',
    '--expires',
    '90d',
  )
  expect([created.code, created.stderr]).toEqual([0, ''])
  const { id, key, expiresAt } = created.json as { id: string; key: string; expiresAt: string }
  expect((Date.parse(expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(90, 1)
  expect((await run(['--json', 'list'], { SLUICE_API_KEY: key })).json).toEqual({ models: [] })
  expect((await run(['--json', 'list', '--key', key])).json).toEqual({ models: [] })

  const listed = await atHome('--json', 'keys', 'list')
  expect(listed.json['keys']).toContainEqual(
    expect.objectContaining({ id, name: 'shop', state: 'active', models: ['alpha'] }),
  )
  expect(`${listed.stdout}${(await atHome('keys', 'list')).stdout}`).not.toContain(key.slice(24))

  const revoked = await atHome('--json', 'keys', 'revoke', id)
  expect([revoked.code, revoked.json['state']]).toEqual([0, 'revoked'])
  const over = await run(['--json', 'list'], { SLUICE_API_KEY: key })
  expect([over.code, over.json['code']]).toEqual([1, 'not-signed-in'])
}, 30_000)

test('a key goes to standard output alone, and what is to be known of it beside', async () => {
  const { stdout, stderr, code } = await atHome(
    'keys',
    'create',
    'piped',
    '--scope',
    'invoke',
    'promote',
    '--model',
    'alpha',
    'beta',
  )
  expect(code).toBe(0)
  expect(stdout.trim()).toMatch(/^sluice_\w+$/)
  expect(stderr).toMatch(/piped may invoke, promote for alpha, beta/)
  expect(stderr).not.toContain(stdout.trim())
}, 30_000)

describe('who says nothing', () => {
  test('is let in from the home of the platform, and from nowhere else', async () => {
    expect((await atHome('--json', 'list')).code).toBe(0)
    const stranger = await run(['--json', 'list'], { SLUICE_HOME: join(folder, 'elsewhere') })
    expect([stranger.code, stranger.json['code']]).toEqual([1, 'not-signed-in'])
  }, 30_000)

  test('does not send the key of a home to another platform', async () => {
    const elsewhere = join(folder, 'other-home')
    await mkdir(elsewhere, { recursive: true })
    await writeFile(join(elsewhere, 'access.json'), JSON.stringify({ url: 'http://localhost:1', key: owner }))
    const { json } = await run(['--json', 'list'], { SLUICE_HOME: elsewhere })
    expect(json['code']).toBe('not-signed-in')
  })

  test('finds its platform under every name of this machine', async () => {
    const { code } = await sluiceRun(['--json', 'list'], {
      env: { SLUICE_PLATFORM_URL: url.replace('localhost', '127.0.0.1'), SLUICE_HOME: home },
    })
    expect(code).toBe(0)
  })
})

test('a key that was named goes before that of the home, and is never said again', async () => {
  const wrong = `${owner.slice(0, -1)}${owner.endsWith('0') ? '1' : '0'}`
  for (const args of [
    ['--json', 'list'],
    ['list'],
    ['--json', 'invoke', 'alpha', '--data', '1'],
    ['--help'],
    ['nonsense'],
  ]) {
    const { stdout, stderr, code } = await run(args, { SLUICE_HOME: home, SLUICE_API_KEY: wrong })
    expect(`${stdout}${stderr}`).not.toContain(wrong.slice(24))
    if (args[0] === '--json') expect([code, JSON.parse(stdout).code]).toEqual([1, 'not-signed-in'])
  }
  for (const broken of ['two words', 'line\nbreak', 'schlüssel']) {
    const { code, json, stdout } = await run(['--json', 'list'], { SLUICE_API_KEY: broken })
    expect([code, json['code']]).toEqual([1, 'usage'])
    expect(stdout).not.toContain(broken.slice(0, 4))
  }
}, 60_000)

test('push goes through the store of the home, and is watched with its key', async () => {
  const file = join(folder, 'model.onnx')
  await writeFile(file, timesModel(2))
  const pushed = await atHome('--json', 'push', file, '--model', 'pushed', '--version', '1.0.0')
  expect([pushed.code, pushed.json['state']]).toEqual([0, 'READY'])
}, 30_000)

test.each([
  [['keys', 'revoke', '../models/alpha'], 'usage', /no id of a key/],
  [['keys', 'revoke', '0123456789abcdef'], 'key-unknown', /no key/],
  [['keys', 'create', 'x', '--scope', 'read'], 'request-malformed', /scopes/],
  [['keys', 'create', 'x', '--scope', 'invoke', '--expires', 'soon'], 'usage', /--expires is 'soon'/],
  [['keys', 'create', 'x', '--scope', 'invoke', '--model', 'Alpha'], 'request-malformed', /models/],
  [['keys', 'create', 'owner', '--scope', 'invoke'], 'key-exists', /still good/],
] as const)('%j is refused', async (args, code, told) => {
  const { json, code: exit } = await atHome('--json', ...args)
  expect([exit, json['code']]).toEqual([1, code])
  expect(json['detail']).toMatch(told)
})

test.each([
  [['up', '--auth', 'jwt'], /needs --jwt-issuer URL and --jwt-audience NAME/],
  [
    ['up', '--auth', 'jwt', '--jwt-issuer', 'http://evil.example', '--jwt-audience', 'a'],
    /allowed is an https/,
  ],
  [['up', '--jwt-issuer', 'https://good.example'], /go with --auth jwt/],
] as const)('%j is refused, and starts nothing', async (args, told) => {
  const { json, code } = await sluiceRun(['--json', ...args, '--home', join(folder, 'never')])
  expect([code, json['code']]).toEqual([1, 'usage'])
  expect(json['detail']).toMatch(told)
})

describe('how long a key is good', () => {
  const now = Date.parse('2026-03-01T10:00:00Z')
  test.each([
    ['12h', '2026-03-01T22:00:00.000Z'],
    ['90d', '2026-05-30T10:00:00.000Z'],
    ['1y', '2027-03-01T10:00:00.000Z'],
    ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
  ])('%s', (text, at) => {
    expect(expiryOf(text, now)).toBe(at)
  })

  test.each(['', '0d', '-1d', '90', '9m', '99999y', 'never', '1d1h'])("is not '%s'", async (text) => {
    expect((await refused(Promise.resolve().then(() => expiryOf(text, now)))).code).toBe('usage')
  })
})
