import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const repository = join(import.meta.dirname, '..', '..')
const readme = readFileSync(join(repository, 'README.md'), 'utf8')

/** Run elsewhere: installing and testing by CI itself, the demo and the synthesis as stages of their own there. */
const runElsewhere = ['npm ci', 'npm test', 'npm run synth']

const blocks = (language: string) =>
  [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, tag]) => tag === language)
    .map(([, , text = '']) => text)

const commands = blocks('sh').flatMap((block) => block.trim().split('\n'))

let platform: ChildProcess
let url = ''
let firstCurl = ''
let folder = ''
const started = performance.now()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-readme-'))
  // A newcomer stands in the repository; the home must not be theirs.
  for (const name of [
    'bin',
    'cli',
    'lambdas',
    'lib',
    'local',
    'examples',
    'model-templates',
    'test',
    'node_modules',
    'package.json',
  ])
    symlinkSync(join(repository, name), join(folder, name))
  platform = spawn(process.execPath, [join(repository, 'bin', 'sluice.js'), 'up', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = await once(createInterface({ input: platform.stdout as NodeJS.ReadableStream }), 'line')
  firstCurl = String(line)
  url = /http:\/\/localhost:\d+/.exec(firstCurl)?.[0] ?? ''
}, 20_000)

afterAll(async () => {
  const ended = once(platform, 'exit')
  platform.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
})

function run(command: string) {
  const sluice = `sluice() { "${process.execPath}" "${join(repository, 'bin', 'sluice.js')}" "$@"; }`
  return spawnSync('bash', ['-c', `${sluice}\n${command.replaceAll('http://localhost:8080', url)}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, SLUICE_PLATFORM_URL: url },
  })
}

test('`npm start` prints a curl line, on one line, that answers', () => {
  expect(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).scripts.start).toBe(
    'node bin/sluice.js up',
  )
  expect(firstCurl).toMatch(/^curl .*'$/)
  expect(JSON.parse(run(firstCurl).stdout).predictions).toHaveLength(1)
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('every command in the README does what a reader expects of it, in the order of the page', async () => {
  const ran = commands.filter(
    (command) => !runElsewhere.includes(command) && command !== 'npm start' && !command.startsWith('alias '),
  )
  expect(ran.length).toBeGreaterThan(12)
  for (const command of ran) {
    const { status, stdout, stderr } = run(command)
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: expect.anything() })
    if (command.startsWith('curl')) expect(Object.keys(JSON.parse(stdout))).not.toHaveLength(0)
  }
  const promoted = run('sluice --json show iris').stdout
  expect(JSON.parse(promoted).aliases.live.stable).toBe('1.0.0')
}, 60_000)

test('the model that was dropped into the store is released', async () => {
  for (let waited = 0; waited < 100; waited += 1) {
    const { stdout } = run('sluice --json list')
    const models = JSON.parse(stdout).models as { model: string; live?: string }[]
    if (models.some(({ model, live }) => model === 'breast-cancer' && live === '1.0.0')) return
  }
  throw new Error('breast-cancer 1.0.0 did not go live')
}, 60_000)

test('the construct that the README composes synthesizes', () => {
  const [program = ''] = blocks('ts')
  const place = join(dirname(import.meta.filename), `readme-app-${process.pid}.ts`)
  writeFileSync(place, program)
  const outdir = join(folder, 'cdk.out')
  const { status, stderr } = spawnSync(process.execPath, [place], {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' },
  })
  rmSync(place)
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('rror') })
  const template = readFileSync(join(outdir, 'Predictions.template.json'), 'utf8')
  expect(template).toContain('predictions-promotion')
}, 60_000)
