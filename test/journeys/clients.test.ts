import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sluiceRun } from '../cli/command.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { root, Stage, whole } from './stage.ts'

const run = promisify(execFile)
const folder = await temporaryFolder()
let stage: Stage

beforeAll(async () => {
  stage = await Stage.open()
  await stage.drop('times', '1.0.0', whole({ 'model.onnx': timesModel(3) }))
  await stage.serves('times', '1.0.0')
  // An application of its own: what it can import is what lies here.
  await mkdir(join(folder, 'node_modules'))
  await symlink(join(root, 'node_modules', '@types'), join(folder, 'node_modules', '@types'))
  await symlink(join(root, 'node_modules', 'undici-types'), join(folder, 'node_modules', 'undici-types'))
  await writeFile(join(folder, 'package.json'), '{"type": "module"}')
}, 60_000)
afterAll(() => stage.close())

/** Make a client of a document, as its user does. */
async function generate(document: string, name: string): Promise<void> {
  const bin = join(root, 'node_modules', '@hey-api', 'openapi-ts', 'bin', 'run.js')
  const config = join(folder, `${name}.config.mjs`)
  const output = { path: join(folder, name), tsConfigPath: null, module: { extension: '.js' } }
  await writeFile(config, `export default ${JSON.stringify({ input: document, output })}`)
  await run(process.execPath, [bin, '-f', config, '--silent'], { cwd: folder })
}

/** What the strict compiler says of a program; '' where it compiles. */
async function compiled(program: string, text: string): Promise<string> {
  await writeFile(join(folder, `${program}.ts`), text)
  const options = ['--strict', '--noUncheckedIndexedAccess', '--target', 'es2024', '--module', 'nodenext']
  const emitted = ['--outDir', join(folder, 'out'), '--rootDir', folder, '--types', 'node']
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const arguments_ = [tsc, ...options, ...emitted, join(folder, `${program}.ts`)]
  return run(process.execPath, arguments_, { cwd: folder }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  )
}

const calling = (body: string) => `
import { predict } from './version/index.js'
const { data, error, response } = await predict({ body: ${body} })
const numbers: number[] = data?.predictions ?? []
console.log(JSON.stringify({ numbers, code: error?.code, version: response?.headers.get('model-version') }))
`

test('a client is generated of a version, compiled strictly, and answered by the real server', async () => {
  const document = join(folder, 'version.json')
  const { code, stdout } = await sluiceRun(['openapi', 'times', '1.0.0', '-o', document], {
    env: { SLUICE_PLATFORM_URL: stage.url },
  })
  expect([code, stdout]).toEqual([0, ''])
  await generate(document, 'version')
  expect(await compiled('rightly', calling('[{ x: 2 }, { x: 7 }]'))).toBe('')
  const ran = await run(process.execPath, [join(folder, 'out', 'rightly.js')])
  expect(JSON.parse(ran.stdout)).toEqual({ numbers: [6, 21], version: '1.0.0' })
}, 120_000)

test('a program with a wrong name or type does not compile, and says where', async () => {
  expect(await compiled('name', calling('[{ ex: 2 }]'))).toMatch(/name\.ts\(3,.*error TS.*'ex'/)
  expect(await compiled('type', calling("[{ x: 'two' }]"))).toMatch(/type\.ts\(3,.*error TS.*'string'/)
  expect(await compiled('more', calling('[{ x: 2, y: 3 }]'))).toMatch(/more\.ts\(3,.*error TS.*'y'/)
}, 120_000)

test('a client of the whole model has its alias, its version and its ranges', async () => {
  const { stdout } = await sluiceRun(['openapi', 'times'], { env: { SLUICE_PLATFORM_URL: stage.url } })
  const document = join(folder, 'model.json')
  await writeFile(document, stdout)
  await generate(document, 'model')
  const sdk = await readFile(join(folder, 'model', 'sdk.gen.ts'), 'utf8')
  expect([...sdk.matchAll(/export const (\w+)/g)].map(([, name]) => name)).toEqual([
    'predict',
    'predictAliasLive',
    'predictVersion1Dot0Dot0',
    'predictRange1',
    'predictRange1Dot0',
  ])
  const all = `
import * as model from './model/index.js'
const calls = [model.predict, model.predictAliasLive, model.predictVersion1Dot0Dot0, model.predictRange1, model.predictRange1Dot0]
const answers = await Promise.all(calls.map((call) => call({ body: { x: 5 } })))
console.log(JSON.stringify(answers.map(({ data }) => data?.predictions)))
`
  expect(await compiled('all', all)).toBe('')
  const ran = await run(process.execPath, [join(folder, 'out', 'all.js')])
  expect(JSON.parse(ran.stdout)).toEqual(Array(5).fill([15]))
}, 120_000)
