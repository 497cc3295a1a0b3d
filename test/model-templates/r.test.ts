import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { noR } from '../harness/r.ts'
import { ownServerContract } from './own-server-contract.ts'
import { ModelFolders } from './server.ts'
import { TemplateServer } from './template-server.ts'

const template = join(import.meta.dirname, '..', '..', 'model-templates', 'r')
const models = join(import.meta.dirname, 'r')
const command = ['sh', join(template, 'serve.sh')] as const
const suite = noR === undefined ? describe : describe.skip

suite('the r runtime', () => {
  ownServerContract({
    command: () => command,
    echo: () => join(models, 'echo'),
    echoEntry: 'predict.R',
    moody: () => join(models, 'moody'),
    moodyEntry: 'predict.R',
    listensToTheEnd: true,
    faults: [
      ['fail', "moods.R line 12: Error: object 'tenure' not found"],
      ['look away', 'moods.R line 15: Error: cannot open the connection'],
      ['leave', 'moods.R line 18: Error: it calls quit(), and a server has to stay'],
      ['fail by name', 'moods.R line 21: too_young: it is 3'],
      ['need a package', "moods.R line 24: the package 'absent.package' is missing: add it to renv.lock"],
      ['never stop', 'evaluation nested too deeply: infinite recursion'],
      ['turn away', 'moods.R line 32: Error: after a sink'],
      ['one too few', "the model's answer does not fit: the output prediction has 1 entries for 2 records"],
      ['nothing', "the model's answer does not fit: it returned NULL: return one entry a record"],
      [
        'a function',
        "the model's answer does not fit: the output prediction holds a function, which JSON cannot carry",
      ],
    ],
  })

  describe('what a program answers', () => {
    const folders = new ModelFolders()
    let server: TemplateServer
    const kinds: readonly (readonly [what: string, code: string, predictions: unknown])[] = [
      ['a vector with names', 'c(a = 1, b = NA)', [1, null]],
      ['a factor', 'factor(c("x", "y"))', ['x', 'y']],
      ['dates', 'as.Date("2026-03-01") + 0:1', ['2026-03-01', '2026-03-02']],
      [
        'moments',
        'as.POSIXct(c(0, 1.5), origin = "1970-01-01", tz = "UTC")',
        ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:01.500Z'],
      ],
      [
        'a matrix',
        'matrix(1:4, 2)',
        [
          [1, 3],
          [2, 4],
        ],
      ],
      [
        'an array',
        'array(1:8, c(2, 2, 2))',
        [
          [
            [1, 5],
            [3, 7],
          ],
          [
            [2, 6],
            [4, 8],
          ],
        ],
      ],
      [
        'a table',
        'data.frame(a = 1:2, b = c("x", NA))',
        [
          { a: 1, b: 'x' },
          { a: 2, b: null },
        ],
      ],
      [
        'a list by name',
        'list(a = 1:2, b = c(TRUE, NA))',
        [
          { a: 1, b: true },
          { a: 2, b: null },
        ],
      ],
      [
        'a list of objects',
        'list(list(k = 1, v = "x"), list(k = 1:2, v = NULL))',
        [
          { k: 1, v: 'x' },
          { k: [1, 2], v: null },
        ],
      ],
      ['texts that JSON escapes', 'c("a\\"b\\\\c\\n\\t\\001", "käse")', ['a"b\\c\n\t\u0001', 'käse']],
      ['numbers to the last digit', 'c(0.1 + 0.2, 1 / 3)', [0.1 + 0.2, 1 / 3]],
    ]
    beforeAll(async () => {
      await folders.open()
      const cases = kinds.map(([, code], i) => `  \`${i}\` = ${code}`).join(',\n')
      const program = `predict <- function(inputs) switch(as.character(inputs$x[[1]]),\n${cases})\n`
      const model = await folders.model('kinds', program, 'predict.R')
      server = await TemplateServer.onPort({ command, model })
      await server.pings(200)
    })
    afterAll(async () => {
      await server.kill()
      await folders.close()
    })

    test.each(kinds.map((kind, i) => [kind[0], i, kind[2]] as const))(
      'may be %s',
      async (_, i, predictions) => {
        expect((await server.invoke({ x: [i, 0] })).body).toEqual({ predictions })
      },
    )

    test('is divided among the lines that were predicted together', async () => {
      const program = 'predict_model <- function(inputs) { cat("of", nrow(inputs), "\\n"); 10 * inputs$x }'
      const model = await folders.model('tenfold', program, 'predict.R')
      const tenfold = await TemplateServer.onPort({ command, model })
      try {
        await tenfold.pings(200)
        const lines = [[1], [2, 3], [], [4, 5, 6]]
        expect(await tenfold.invokeLines(lines.map((x) => ({ inputs: { x } })))).toEqual(
          lines.map((x) => ({ predictions: x.map((value) => 10 * value) })),
        )
        expect(tenfold.stdout).toBe('of 6 \n')
      } finally {
        await tenfold.kill()
      }
    })

    test('is the same for lines together and alone', async () => {
      const lines = kinds.map((_, i) => ({ inputs: { x: [i, 0] } }))
      const alone = await Promise.all(lines.map(({ inputs }) => server.invoke(inputs)))
      expect(await server.invokeLines(lines)).toEqual(alone.map(({ body }) => body))
    })
  })

  describe('a program that calls its functions predict and load', () => {
    const folders = new ModelFolders()
    beforeAll(() => folders.open())
    afterAll(() => folders.close())

    /** What a server says that does not come to serve, in the end. */
    async function lastWords(name: string, program: string, file = 'predict.R'): Promise<readonly unknown[]> {
      const server = await TemplateServer.onPort({ command, model: await folders.model(name, program, file) })
      try {
        return [await server.ended(), server.stderr.trim().split('\n').at(-1)]
      } finally {
        await server.kill()
      }
    }

    test("finds R's own by these names", async () => {
      const program = [
        'load <- function(model_dir) { save(mtcars, file = f <- tempfile()); load(f); lm(mpg ~ wt, mtcars) }',
        'predict <- function(inputs, model) predict(model, inputs)',
      ].join('\n')
      const model = await folders.model('own-names', program, 'predict.R')
      const server = await TemplateServer.onPort({ command, model })
      try {
        await server.pings(200)
        const { predictions = [] } = (await server.invoke({ wt: [2.62] })).body
        expect(predictions[0]).toBeCloseTo(37.285126 - 5.344472 * 2.62, 4)
      } finally {
        await server.kill()
      }
    })

    test.each<[string, string, string]>([
      ['does not parse', 'x <- 1\npredict <- function(', 'predict.R line 3: Error: unexpected end of input'],
      ['fails', 'x <- 1\n\nstop("no data")', 'predict.R line 3: Error: no data'],
      [
        'needs what is not there',
        'library(absent.package)',
        "predict.R line 1: the package 'absent.package' is missing: add it to renv.lock, or to Imports in a DESCRIPTION",
      ],
      ['defines nothing', 'x <- 1', 'predict.R defines no function predict_model(inputs)'],
      ['ends R', 'quit()', 'predict.R line 1: Error: it calls quit(), and a server has to stay'],
      [
        'reads what is not there',
        'load <- function(d) {\n  readRDS("model.rds")\n}\npredict <- print',
        'predict.R line 2: Error: cannot open the connection',
      ],
    ])('and %s is told in one line, and the server ends with 1', async (name, program, why) => {
      expect(await lastWords(name, program)).toEqual([1, `the model cannot be loaded: ${why}`])
    })

    test('and is not there is told in one line', async () => {
      expect(await lastWords('nothing', '', 'README')).toEqual([
        1,
        'the model cannot be loaded: there is no model: the artifact needs predict.R or one file that ends with .rds',
      ])
    })
  })
})
