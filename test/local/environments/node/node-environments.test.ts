import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { nodeRequirements } from '../../../../lib/rules/node/node-requirements.ts'
import { NodeEnvironments, nodePackages } from '../../../../local/environments/node/node-environments.ts'
import { type Home, homeAt } from '../../../../local/home.ts'
import { refused } from '../../../harness/refused.ts'
import { temporaryFolder } from '../../../harness/temporary-folder.ts'
import { PackageRegistry } from './package-registry.ts'

// npm takes seconds on a machine that does other things.
jest.setTimeout(120_000)

const folder = await temporaryFolder()
const registry = new PackageRegistry()
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  await registry.open()
  await registry.publish({
    manifest: { name: 'inner', version: '1.0.0' },
    files: { 'index.js': 'module.exports = 41' },
  })
  await registry.publish({
    manifest: {
      name: 'outer',
      version: '1.1.0',
      dependencies: { inner: '^1.0.0' },
      scripts: { install: `touch ${join(folder, 'a-script-ran')}` },
    },
    files: { 'index.js': "module.exports = require('inner') + 1" },
  })
  await registry.publish({
    manifest: { name: 'picky', version: '1.0.0', peerDependencies: { inner: '2.x' } },
  })
  env = environmentOf(registry.address)
})
afterAll(() => registry.close())

/** npm as nobody has set it up. */
function environmentOf(address: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    npm_config_registry: address,
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_userconfig: join(folder, 'no-npmrc'),
    npm_config_globalconfig: join(folder, 'no-global-npmrc'),
    npm_config_fetch_retries: '0',
  }
}

async function newHome(): Promise<Home> {
  const home = homeAt(await mkdtemp(join(folder, 'home-')))
  await mkdir(home.environments, { recursive: true })
  return home
}

/** Ask until it is there. @returns the environment's name, and what was told meanwhile */
async function made(environments: NodeEnvironments, requirements: string) {
  const told: string[] = []
  for (;;) {
    const answer = await environments.ready(requirements)
    if ('name' in answer) return { ...answer, told }
    if (answer.building !== told.at(-1)) told.push(answer.building)
    await pause(5)
  }
}

const wants = (dependencies: Record<string, string>) =>
  nodeRequirements({ manifest: JSON.stringify({ dependencies }) })
const required = (home: Home, name: string, what: string) =>
  execFileSync(process.execPath, ['-p', `require('${what}')`], {
    cwd: nodePackages(home, name),
    encoding: 'utf8',
  })

test('nothing is made for a program that needs no packages', async () => {
  const home = await newHome()
  expect(await new NodeEnvironments(home, env).ready('')).toEqual({ name: 'none' })
  expect(await readdir(home.environments)).toEqual([])
})

test('what a package.json asks for is locked once, and installed without running a script', async () => {
  const home = await newHome()
  const { name, lock, told } = await made(new NodeEnvironments(home, env), wants({ outer: '^1.0.0' }))
  expect(told).toEqual(['resolving packages', 'installing 2 packages'])
  expect(lock).toMatch(/^[0-9a-f]{64}$/)
  expect(required(home, name, 'outer')).toBe('42\n')
  expect(existsSync(join(folder, 'a-script-ran'))).toBe(false)
  expect(await readdir(join(home.environments, 'node'))).toEqual([name])

  await registry.publish({
    manifest: { name: 'inner', version: '1.5.0' },
    files: { 'index.js': 'module.exports = 0' },
  })
  registry.asked.length = 0
  const again = await new NodeEnvironments(home, env).ready(wants({ outer: '^1.0.0' }))
  expect([again, registry.asked]).toEqual([{ name, lock }, []])
})

test('one lock is one environment, also for a hundred versions at once', async () => {
  const home = await newHome()
  const cold = { ...env, npm_config_cache: join(folder, 'cold-hundred') }
  const environments = new NodeEnvironments(home, cold)
  const manifest = JSON.stringify({ dependencies: { inner: '1.0.0' } })
  const work = await mkdtemp(join(folder, 'work-'))
  await writeFile(join(work, 'package.json'), manifest)
  await promisify(execFile)('npm', ['install', '--package-lock-only'], { cwd: work, env })
  const lock = nodeRequirements({ manifest, lock: await readFile(join(work, 'package-lock.json'), 'utf8') })
  registry.asked.length = 0
  const all = await Promise.all(Array.from({ length: 100 }, () => made(environments, lock)))
  const names = new Set(all.map(({ name }) => name))
  expect([names.size, registry.asked.filter((path) => path.endsWith('.tgz')).length]).toEqual([1, 1])
  const [name = ''] = names
  const before = await stat(join(nodePackages(home, name), 'node_modules', 'inner'))
  expect((await made(new NodeEnvironments(home, env), lock)).name).toBe(name)
  expect((await stat(join(nodePackages(home, name), 'node_modules', 'inner'))).ino).toBe(before.ino)
  expect(required(home, name, 'inner')).toBe('41\n')
})

test.each<[string, () => Record<string, string>, string]>([
  ['no such package', () => ({ nowhere: '1' }), "the registry has no package 'nowhere@1'"],
  ['no such version', () => ({ inner: '^9' }), "there is no such version: 'inner@^9'"],
  [
    'two that do not fit',
    () => ({ inner: '1.0.0', picky: '1.0.0' }),
    'picky@1.0.0 needs inner@2.x, and inner@1.0.0 is asked for',
  ],
])('%s is told once, nothing is left, and the next call tries again', async (_, dependencies, why) => {
  const home = await newHome()
  const environments = new NodeEnvironments(home, env)
  const problem = await refused(made(environments, wants(dependencies())))
  expect([problem.code, problem.message]).toEqual(['environment-failed', expect.stringContaining(why)])
  expect(await readdir(join(home.environments, 'node'))).toEqual([])
  expect(await environments.ready(wants(dependencies()))).toEqual({ building: 'resolving packages' })
  await environments.stop()
})

test('a registry that is not there, and no npm, are told in a sentence', async () => {
  const away = { ...environmentOf('http://127.0.0.1:1'), npm_config_cache: join(folder, 'cold') }
  expect(
    (await refused(made(new NodeEnvironments(await newHome(), away), wants({ inner: '1' })))).message,
  ).toContain('the registry of packages cannot be reached (ECONNREFUSED)')
  const bare = { ...env, PATH: '/nowhere' }
  expect(
    (await refused(made(new NodeEnvironments(await newHome(), bare), wants({ inner: '1' })))).message,
  ).toContain('npm, which installs packages of JavaScript, is not on the PATH')
})

test('other bytes than the lock names are not installed', async () => {
  const home = await newHome()
  const text = wants({ inner: '1.0.0' })
  await made(new NodeEnvironments(home, env), text)
  const other = await newHome()
  await mkdir(join(other.cache, 'requirements'), { recursive: true })
  for (const file of await readdir(join(home.cache, 'requirements')))
    await writeFile(
      join(other.cache, 'requirements', file),
      await readFile(join(home.cache, 'requirements', file)),
    )
  registry.lies = true
  try {
    const cold = { ...env, npm_config_cache: join(folder, 'cold-lies') }
    const { message } = await refused(made(new NodeEnvironments(other, cold), text))
    expect(message).toContain('what the registry has is not what its integrity in the lock says')
    expect(await readdir(join(other.environments, 'node'))).toEqual([])
  } finally {
    registry.lies = false
  }
})

test('what a killed process left is removed, and stopping ends what is being made', async () => {
  const home = await newHome()
  await mkdir(join(home.environments, 'node', 'draft-of-the-dead'), { recursive: true })
  const environments = new NodeEnvironments(home, env)
  await environments.ready(wants({ inner: '^1.0.0' }))
  await environments.stop()
  expect(await readdir(join(home.environments, 'node'))).toEqual([])
})
