import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { until } from '../harness/until.ts'
import { jarOf, jarOfFolder, javaServer, javaTemplate, jdk } from '../model-templates/java-server.ts'
import { machinePath, TemplateServer } from '../model-templates/template-server.ts'

const folder = await temporaryFolder()
const suite = jdk === undefined ? describe.skip : describe
const minutes = 60_000

const bare = (name: string, type: string, shape: (number | null)[] = []) => ({ name, type, shape })
const inputs = [
  bare('shape', 'string'),
  bare('x', 'float64'),
  bare('n', 'int32'),
  bare('big', 'int64'),
  bare('flag', 'boolean'),
  bare('grid', 'float32', [2, null]),
]
const records = {
  x: [1.5, 2.5],
  n: [7, -8],
  big: [1, '9007199254740993'],
  flag: [true, false],
  grid: [
    [[1], [2]],
    [
      [3, 4],
      [5, 6],
    ],
  ],
}
const ask = (shape: string) => ({ shape: [shape, 'x'], ...records })

suite('predictors in Java', () => {
  let command: readonly [string, ...string[]]

  beforeAll(async () => {
    command = (await javaServer(join(folder, 'home'), 256)).command
    await jarOfFolder(join(folder, 'shapes', 'shapes.jar'), 'shapes')
  }, 5 * minutes)

  async function shapes(outputs?: readonly string[]) {
    const versionFile = join(folder, `shapes-${outputs?.join('-')}.json`)
    const signature = { inputs, ...(outputs && { outputs: outputs.map((name) => bare(name, 'float64')) }) }
    await writeFile(versionFile, JSON.stringify({ entry: 'shapes.jar', signature }))
    const server = await TemplateServer.onPort({ command, model: join(folder, 'shapes'), versionFile })
    await server.pings(200)
    return server
  }

  describe('of one output', () => {
    let server: TemplateServer
    beforeAll(async () => {
      server = await shapes(['a'])
    }, minutes)
    afterAll(() => server.kill())

    test.each<[string, unknown]>([
      ['doubles', [1.5, 2.5]],
      ['floats', [1.5, 2.5]],
      ['ints', [7, -8]],
      ['longs', [7, -8]],
      ['booleans', [true, false]],
      ['strings', ['strings', 'x']],
      [
        'rows',
        [
          [1, 2],
          [3, 4, 5, 6],
        ],
      ],
      ['list', [1, 2]],
      ['enums', ['BASIC', 'GOLD']],
      ['dates', ['1970-01-01T00:00:00Z', '2026-11-30']],
      ['decimals', [0.5, 10]],
      ['columns', [1.5, 2.5]],
      ['maps', [1.5, 2.5]],
      ['records', [1.5, 2.5]],
    ])('may answer with %s', async (shape, predictions) => {
      expect((await server.invoke(ask(shape))).body).toEqual({ predictions })
    })

    test.each([
      [
        'a wrong type',
        "Shapes.java line 48: IllegalArgumentException: the input 'shape' holds a String, which is no Number",
      ],
      [
        'no such input',
        "Shapes.java line 49: IllegalArgumentException: there is no input 'tenure': the inputs are shape",
      ],
      ['too big', 'Shapes.java line 50: ArithmeticException: integer overflow'],
      ['empty', "the model's answer does not fit: it returned an empty Map"],
    ])('that go wrong by %s are told so', async (shape, why) => {
      expect(await server.invoke(ask(shape))).toEqual({
        status: 500,
        body: { error: expect.stringContaining(why) },
      })
    })

    test('are called by as many threads as they say', async () => {
      const asked = Array.from({ length: 4 }, () => server.invoke(ask('thread')))
      const threads = (await Promise.all(asked)).map(({ body }) => body.predictions?.[0])
      expect(new Set(threads).size).toBe(4)
    })
  })

  describe('of two outputs', () => {
    let server: TemplateServer
    beforeAll(async () => {
      server = await shapes(['a', 'b'])
    }, minutes)
    afterAll(() => server.kill())

    test.each(['columns', 'maps', 'records'])('may answer with %s', async (shape) => {
      expect((await server.invoke(ask(shape))).body).toEqual({
        predictions: [
          { a: 1.5, b: 'p' },
          { a: 2.5, b: 'q' },
        ],
      })
    })

    test.each([
      ['doubles', 'it returned one output: return a Map with a, b'],
      ['without a column', 'the output b is missing: it returned a'],
      ['without an entry', 'the output b is missing in entry 1'],
    ])('that answer with %s are told so', async (shape, why) => {
      const { body } = await server.invoke(ask(shape))
      expect(body.error).toBe(`the model's answer does not fit: ${why}`)
    })
  })

  test(
    'that take all memory, or end the process, end it, and the log says why',
    async () => {
      for (const [shape, code, why] of [
        ['all memory', 3, 'java.lang.OutOfMemoryError'],
        ['exit', 1, 'the process ends: Shapes.java line 60: it called System.exit'],
      ] as const) {
        const server = await shapes(['a'])
        await server.invoke(ask(shape)).catch(() => {})
        expect(await server.ended()).toBe(code)
        await until('the log says why', () => `${server.stdout}${server.stderr}`.includes(why))
      }
    },
    2 * minutes,
  )

  const predictor = (
    name: string,
    body = 'public Object predict(Columns inputs) { return inputs.doubles("x"); }',
  ) => `import sluice.*;\npublic class ${name} implements Predictor {\n${body}\n}`
  const load = (code: string) =>
    predictor(
      'P',
      `public Object predict(Columns c) { return null; }\npublic void load(java.nio.file.Path at) throws Exception {\n${code}\n}`,
    )

  async function endOf(name: string, model: string) {
    const server = await TemplateServer.onPort({ command, model })
    expect([name, await server.ended()]).toEqual([name, 1])
    const told = server.stderr.trimEnd().split('\n').at(-1)
    expect(told).not.toMatch(machinePath)
    return told
  }

  test.each<[string, Record<string, string>, Parameters<typeof jarOf>[2], string]>([
    ['has none', { 'A.java': 'class A {}' }, {}, 'm.jar has no class that implements sluice.Predictor'],
    [
      'has two',
      { 'P.java': predictor('P'), 'Q.java': predictor('Q') },
      {},
      'm.jar has several predictors, P, Q: name one in the file sluice.Predictor of META-INF/services',
    ],
    [
      'names one that is not there',
      { 'P.java': predictor('P') },
      { files: { 'META-INF/services/sluice.Predictor': 'a.Gone' } },
      'm.jar has no class a.Gone, which the file sluice.Predictor of META-INF/services names',
    ],
    [
      'names one that is none',
      { 'A.java': 'class A {}' },
      { files: { 'META-INF/services/sluice.Predictor': 'A' } },
      'A is no sluice.Predictor',
    ],
    [
      'cannot be made',
      { 'P.java': predictor('P', 'P(int x) {}\npublic Object predict(Columns c) { return null; }') },
      {},
      'P has no constructor without arguments',
    ],
    [
      'fails when it is made',
      {
        'P.java': predictor(
          'P',
          'int x = Integer.parseInt("x");\npublic Object predict(Columns c) { return null; }',
        ),
      },
      {},
      'P.java line 3: NumberFormatException: For input string: "x"',
    ],
    [
      'fails in its load',
      { 'P.java': load('java.nio.file.Files.readString(at.resolve("w.txt"));') },
      {},
      'P.java line 5: NoSuchFileException: w.txt',
    ],
    ['ends in its load', { 'P.java': load('System.exit(0);') }, {}, 'P.java line 5: it called System.exit'],
    [
      'lacks a class of a library',
      { 'P.java': load('new Needed();'), 'Needed.java': 'class Needed {}' },
      { omit: ['Needed'] },
      'P.java line 5: the class Needed is missing: put the jar that has it into lib/',
    ],
    [
      'lets nobody call it',
      {
        'P.java': predictor(
          'P',
          'public Object predict(Columns c) { return null; }\npublic int threads() { return 0; }',
        ),
      },
      {},
      'its threads() are 0: at least 1 has to call it',
    ],
  ])(
    'a jar that %s ends the process, and the log says why',
    async (what, sources, options, why) => {
      const model = join(folder, `cannot load ${what}`)
      await jarOf(join(model, 'm.jar'), sources, options)
      expect(await endOf(what, model)).toBe(`the model cannot be loaded: ${why}`)
    },
    minutes,
  )

  test.each<[string, Record<string, string>, string]>([
    ['no jar', { 'a.txt': '' }, 'there is no model: the artifact needs a jar'],
    [
      'two jars',
      { 'a.jar': '', 'b.jar': '' },
      'it is not clear which jar is the model, a.jar, b.jar: keep one',
    ],
    ['a damaged jar', { 'a.jar': 'none' }, 'a.jar is no jar, or a damaged one'],
  ])('an artifact with %s ends the process, and the log says why', async (what, files, why) => {
    const model = join(folder, `holds ${what}`)
    await mkdir(model)
    for (const [file, text] of Object.entries(files)) await writeFile(join(model, file), text)
    expect(await endOf(what, model)).toContain(`the model cannot be loaded: ${why}`)
  })

  test(
    'find the libraries in lib/, the files beside the jar, and their own copy of our interface does not matter',
    async () => {
      const model = join(folder, 'with a library')
      await jarOf(join(model, 'lib', 'needed.jar'), {
        'a/Needed.java':
          'package a; public class Needed { public static double half(double x) { return x / 2; } }',
      })
      const code = predictor(
        'P',
        'public Object predict(Columns c) { double[] x = c.doubles("x"); x[0] = a.Needed.half(x[0]); return x; }',
      )
      await jarOf(
        join(model, 'm.jar'),
        { 'P.java': code },
        { options: ['-implicit:class', '-cp', join(model, 'lib', 'needed.jar')] },
      )
      const server = await TemplateServer.onPort({ command, model })
      try {
        await server.pings(200)
        expect((await server.invoke({ x: [3, 4] })).body).toEqual({ predictions: [1.5, 4] })
      } finally {
        await server.kill()
      }
    },
    minutes,
  )

  test(
    'the example that is there to be copied is served',
    async () => {
      const model = join(folder, 'example')
      await cp(join(javaTemplate, 'example'), model, { recursive: true })
      const source = join(javaTemplate, 'example', 'src', 'RiskPredictor.java')
      await jarOf(
        join(model, 'risk.jar'),
        { 'RiskPredictor.java': await readFile(source, 'utf8') },
        { options: ['--release', '11'] },
      )
      const server = await TemplateServer.onPort({ command, model })
      try {
        await server.pings(200)
        expect((await server.invoke({ tenure: [0, 35] })).body.predictions).toEqual([
          { risk: 0.9, leaves: true },
          { risk: expect.closeTo(0.2), leaves: false },
        ])
      } finally {
        await server.kill()
      }
    },
    minutes,
  )

  // What a platform on Linux does to models: a network of their own, in which not even the loopback is up.
  const alone = spawnSync('unshare', ['--user', '--map-root-user', '--net', 'true']).status === 0
  ;(alone ? test : test.skip)(
    'are served where there is no network at all',
    async () => {
      const [program, ...args] = command
      const model = join(folder, 'shapes')
      const versionFile = join(folder, 'shapes-a.json')
      const server = TemplateServer.behind(join(folder, 'alone.sock'), {
        command: ['unshare', '--user', '--map-root-user', '--net', '--', program, ...args],
        ...{ model, versionFile },
      })
      try {
        await server.pings(200)
        expect((await server.invoke(ask('doubles'))).body).toEqual({ predictions: [1.5, 2.5] })
      } finally {
        await server.kill()
      }
    },
    minutes,
  )
})
