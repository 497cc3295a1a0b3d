import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ownServerContract } from './own-server-contract.ts'
import { ModelFolders } from './server.ts'
import { machinePath, TemplateServer } from './template-server.ts'

const template = join(import.meta.dirname, '..', '..', 'model-templates', 'node')
const models = join(import.meta.dirname, 'node')
const command = [process.execPath, join(template, 'serve.mjs')] as const
const folders = new ModelFolders()

beforeAll(() => folders.open())
afterAll(() => folders.close())

/** Files below a folder of the test's own. */
async function filesIn(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    const place = join(folders.path(name), path)
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, text)
  }
  return folders.path(name)
}

describe('the node runtime', () => {
  ownServerContract({
    command: () => command,
    echo: () => join(models, 'echo'),
    echoEntry: 'predict.mjs',
    moody: () => join(models, 'moody'),
    moodyEntry: 'predict.mjs',
    faults: [
      ['fail', "moods.mjs line 12: TypeError: Cannot read properties of undefined (reading 'years')"],
      ['look away', "moods.mjs line 13: Error: ENOENT: no such file or directory, open 'weights.bin'"],
      ['leave', 'moods.mjs line 14: Error: it called process.exit(3)'],
      ['leave it to nobody', 'moods.mjs line 16: Error: nobody waits for it'],
      ['fail in a timer', 'moods.mjs line 23: RangeError: it was in a timer'],
      ['throw a text', "it threw 'no error'"],
      ['one too few', "the model's answer does not fit: the output prediction has 1 entries for 2 records"],
      ['nothing', "the model's answer does not fit: it returned undefined: return one entry a record"],
      ['one for all', "the model's answer does not fit: it returned a number: return one entry a record"],
      ['a function', "the model's answer does not fit: the output prediction holds a function, which JSON"],
      ['go round', 'RangeError: Maximum call stack size exceeded'],
      ['never stop', 'moods.mjs line 34: RangeError: Maximum call stack size exceeded'],
    ],
  })

  /** Serve files, ask once, end. */
  async function answerOf(
    name: string,
    files: Readonly<Record<string, string>>,
    { outputs, packages }: { outputs?: readonly string[]; packages?: string } = {},
  ) {
    const model = await filesIn(name, files)
    const signature = { outputs: outputs?.map((output) => ({ name: output, type: 'float64', shape: [] })) }
    const entry = Object.keys(files).find((file) => file.startsWith('predict.'))
    const versionFile = await folders.model(`${name}-version`, JSON.stringify({ entry, signature }), 'v.json')
    const server = await TemplateServer.onPort({
      command,
      model,
      versionFile: join(versionFile, 'v.json'),
      env: { PACKAGES_DIR: packages ?? folders.path('no-packages') },
    })
    try {
      await Promise.race([server.pings(200), server.ended()])
      expect(server.stderr).toBe('')
      return (await server.invoke({ x: [1, 2] })).body
    } finally {
      await server.kill()
    }
  }

  const both = { a: [1, 2], b: [3, 4] }
  const rows = [
    { a: 1, b: 3 },
    { a: 2, b: 4 },
  ]
  test.each<[string, string, readonly string[] | undefined, unknown]>([
    ['a list', '({ x }) => x', ['a'], [1, 2]],
    ['a typed array', '({ x }) => Float64Array.from(x)', ['a'], [1, 2]],
    ['a BigInt64Array', '({ x }) => BigInt64Array.from(x, BigInt)', ['a'], [1, 2]],
    ['a promise', 'async ({ x }) => x', ['a'], [1, 2]],
    ['an object of lists', `() => (${JSON.stringify(both)})`, ['a', 'b'], rows],
    ['an object of lists with one too many', `() => (${JSON.stringify(both)})`, ['b'], [3, 4]],
    ['a Map of lists', `() => new Map(${JSON.stringify(Object.entries(both))})`, ['a', 'b'], rows],
    ['a list of objects', `() => ${JSON.stringify(rows)}`, ['a', 'b'], rows],
    ['a list of objects with the one output', `() => ${JSON.stringify(rows)}`, ['b'], [3, 4]],
    ['a list of objects of nobody knows what', `() => ${JSON.stringify(rows)}`, undefined, rows],
    ['dates', '() => [new Date(0), new Date(NaN)]', ['a'], ['1970-01-01T00:00:00.000Z', null]],
  ])('takes %s for an answer', async (name, code, outputs, predictions) => {
    const files = { 'predict.mjs': `export const predict = ${code}` }
    expect(await answerOf(`returns ${name}`, files, { ...(outputs && { outputs }) })).toEqual({ predictions })
  })

  test.each<[string, string, string]>([
    ['without an output', '() => ({ a: [1, 2] })', 'the output b is missing: it returned a'],
    [
      'without an output in an entry',
      '() => [{ a: 1, b: 2 }, { a: 1 }]',
      'the output b is missing in entry 1',
    ],
    ['of one output', '() => [1, 2]', 'it returned one output: return an object with a, b'],
    ['with nothing in it', '() => ({})', 'it returned an empty object'],
    ['that is no list', '() => ({ a: 1, b: 2 })', 'the output a is a number: return one entry a record'],
  ])('refuses an answer %s', async (name, code, why) => {
    const files = { 'predict.mjs': `export const predict = ${code}` }
    const { error } = await answerOf(`answers ${name}`, files, { outputs: ['a', 'b'] })
    expect(error).toBe(`the model's answer does not fit: ${error?.includes(why) ? error.slice(33) : why}`)
  })

  test.each<[string, Record<string, string>]>([
    ['CommonJS', { 'predict.cjs': 'exports.predict = ({ x }) => x' }],
    ['CommonJS as an object', { 'predict.js': 'const predict = ({ x }) => x\nmodule.exports = { predict }' }],
    ['CommonJS as a function', { 'predict.js': 'module.exports = ({ x }) => x' }],
    [
      'an ES module by its package',
      { 'predict.js': 'export default ({ x }) => x', 'package.json': '{"type":"module"}' },
    ],
    [
      'an ES module with files beside it',
      {
        'predict.mjs': "import { a } from './lib/a.mjs'\nimport { b } from '#b'\nexport const predict = a(b)",
        'lib/a.mjs': 'export const a = (b) => ({ x }) => x.map((one) => one + b)',
        'lib/b.mjs': 'export const b = 0',
        'package.json': '{"imports":{"#b":"./lib/b.mjs"}}',
      },
    ],
    [
      'one that waits at its top and in its load',
      {
        'predict.mjs':
          "const a = await Promise.resolve(1)\nexport const load = async (at) => [a, at]\nexport const predict = ({ x }, [one, at]) => at.includes('no-') ? [] : x.map((n) => n * one)",
      },
    ],
  ])('serves %s', async (name, files) => {
    expect(await answerOf(name, files)).toEqual({ predictions: [1, 2] })
  })

  describe('packages', () => {
    let packages: string
    beforeAll(async () => {
      packages = await filesIn('packages', {
        'node_modules/plain/package.json': '{"name":"plain","main":"lib/index.js"}',
        'node_modules/plain/lib/index.js': 'module.exports = require("inner")',
        'node_modules/inner/index.js': 'module.exports = 1',
        'node_modules/@a/both/package.json':
          '{"name":"@a/both","exports":{".":{"import":"./i.mjs","require":"./i.cjs"},"./sub":"./sub.mjs"}}',
        'node_modules/@a/both/i.mjs': 'export default "import"',
        'node_modules/@a/both/i.cjs': 'module.exports = "require"',
        'node_modules/@a/both/sub.mjs': 'export const sub = "sub"',
        'node_modules/own/index.js': 'module.exports = "of the environment"',
      })
      // What lies above the models is nobody's.
      await filesIn('', { 'node_modules/stray/index.js': '', 'node_modules/plain/index.js': 'exports.x = 1' })
    })

    test('are found from ES modules, by their exports', async () => {
      const code = `import plain from 'plain'
import both from '@a/both'
import { sub } from '@a/both/sub'
export const predict = () => [\`\${plain} \${both} \${sub}\`, (await import('plain')).default]`.replace(
        '() =>',
        'async () =>',
      )
      expect(await answerOf('esm', { 'predict.mjs': code }, { packages })).toEqual({
        predictions: ['1 import sub', 1],
      })
    })

    test('are found from CommonJS, by their exports', async () => {
      const code = `const plain = require('plain')
exports.predict = () => [\`\${plain} \${require('@a/both')} \${require('@a/both/sub').sub}\`, require.resolve('plain') !== '']`
      expect(await answerOf('cjs', { 'predict.cjs': code }, { packages })).toEqual({
        predictions: ['1 require sub', true],
      })
    })

    test('of the artifact itself go first', async () => {
      const files = {
        'predict.mjs': "import own from 'own'\nexport const predict = () => [own, own]",
        'node_modules/own/index.js': 'module.exports = "of the artifact"',
      }
      expect((await answerOf('own packages', files, { packages })).predictions?.[0]).toBe('of the artifact')
    })

    test('may be missing where a program can do without', async () => {
      const code = `let have = true
try { require('stray') } catch (error) { have = error.code }
exports.predict = () => [have, have]`
      expect((await answerOf('optional', { 'predict.cjs': code }, { packages })).predictions).toEqual(
        Array(2).fill('MODULE_NOT_FOUND'),
      )
    })

    test.each<[string, Record<string, string>, string]>([
      [
        'imported by a module',
        { 'predict.mjs': "\nimport x from 'stray/sub'" },
        "predict.mjs line 2: the package 'stray' is missing: add it to package.json",
      ],
      [
        'required by a file beside',
        { 'predict.cjs': "require('./lib/a.cjs')", 'lib/a.cjs': '"use strict"\n\nrequire("@not/there")' },
        "lib/a.cjs line 3: the package '@not/there' is missing: add it to package.json",
      ],
    ])('that are missing are named, %s', async (name, files, why) => {
      const model = await filesIn(`missing ${name}`, files)
      const server = await TemplateServer.onPort({ command, model, env: { PACKAGES_DIR: packages } })
      expect(await server.ended()).toBe(1)
      expect(server.stderr).toBe(`the model cannot be loaded: ${why}\n`)
    })
  })

  test('serves the example that is there to be copied', async () => {
    const server = await TemplateServer.onPort({ command, model: join(template, 'example') })
    try {
      await server.pings(200)
      expect((await server.invoke({ tenure: [0, 35] })).body).toEqual({
        predictions: [
          { risk: 0.9, leaves: true },
          { risk: expect.closeTo(0.2), leaves: false },
        ],
      })
      expect((await readdir(join(template, 'example'))).length).toBe(4)
    } finally {
      await server.kill()
    }
  })

  test.each<[string, Record<string, string>, string]>([
    ['is missing', { 'readme.txt': '' }, 'there is no model: the artifact needs predict.js or predict.mjs'],
    [
      'may be either of two files',
      { 'predict.js': '', 'predict.cjs': '' },
      'it is not clear which file is the model, predict.js, predict.cjs: keep one of them',
    ],
    [
      'does not parse',
      { 'predict.mjs': "import './beside.mjs'\nexport const predict = 1", 'beside.mjs': '\nconst x = [\n' },
      'beside.mjs line 3: SyntaxError: Unexpected end of input',
    ],
    [
      'does not parse as CommonJS',
      { 'predict.cjs': 'module.exports = {\n  predict() { return const }' },
      "predict.cjs line 2: SyntaxError: Unexpected token 'const'",
    ],
    [
      'imports what is not exported',
      { 'predict.mjs': "\nimport { nope } from 'node:fs'" },
      "predict.mjs line 2: SyntaxError: The requested module 'node:fs' does not provide an export named 'nope'",
    ],
    [
      'imports a file that is not there',
      { 'predict.mjs': "import './gone.js'" },
      "Error: Cannot find module 'gone.js' imported from predict.mjs",
    ],
    [
      'predicts nothing',
      { 'predict.mjs': 'export const load = () => 1' },
      'predict.mjs exports no function predict(inputs)',
    ],
    [
      'lacks a file',
      {
        'predict.mjs':
          "import { readFileSync } from 'node:fs'\nexport const load = (at) =>\n  readFileSync(at + '/w.bin')\nexport const predict = () => []",
      },
      "predict.mjs line 3: Error: ENOENT: no such file or directory, open 'w.bin'",
    ],
    [
      'leaves',
      { 'predict.mjs': '\nprocess.exit(0)' },
      'predict.mjs line 2: Error: it called process.exit(0)',
    ],
    [
      'leaves an error to nobody',
      {
        'predict.mjs':
          "import { setTimeout as pause } from 'node:timers/promises'\nexport const load = () => pause(1000)\nexport const predict = () => 1\nPromise.reject(new Error('lost'))",
      },
      'predict.mjs line 4: Error: lost',
    ],
  ])('a model that %s ends the process, and the log says why', async (what, files, why) => {
    const model = await filesIn(`cannot load: ${what}`, files)
    const server = await TemplateServer.onPort({ command, model })
    expect(await server.ended()).toBe(1)
    const told = server.stderr.trimEnd().split('\n').at(-1)
    expect(told).toContain(`the model cannot be loaded: ${why}`)
    expect(told).not.toMatch(machinePath)
  })

  test('listens before the model is loaded', async () => {
    const gate = folders.path('gate-of-load')
    const code = `import { existsSync } from 'node:fs'
export const load = async () => {
  while (!existsSync(${JSON.stringify(gate)})) await new Promise((on) => setTimeout(on, 5))
}
export const predict = ({ x }) => x`
    const server = await TemplateServer.onPort({
      command,
      model: await filesIn('slow', { 'predict.mjs': code }),
    })
    try {
      await server.pings(503)
      expect((await server.invoke({ x: [1] })).status).toBe(503)
      await writeFile(gate, '')
      await server.pings(200)
    } finally {
      await server.kill()
    }
  })
})
