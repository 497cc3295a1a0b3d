import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'
import { refused } from '../harness/refused.ts'
import { call, list, promise, raw, rds } from '../rules/r/rds-writer.ts'

const fixture = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'r', `${name}.rds`)))

type Content = string | Uint8Array
const bytesOf = (content: Content) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

/** Inspect a release of these files. */
function inspected(files: Readonly<Record<string, Content>>) {
  const listed = Object.entries(files).map(([path, content]) => ({ path, size: bytesOf(content).length }))
  return inspect({ model: 'cars', version: '1.0.0' }, listed, async (path) => {
    const content = files[path]
    return content === undefined ? undefined : bytesOf(content)
  })
}

const about = 'file: cars.rds\ntype: rds\napi_version: 1\n'
const pin = (model: Uint8Array, user = '') => ({ 'cars.rds': model, 'data.txt': `${about}${user}` })
const bare = (name: string, type: string, shape: number[] = []) => ({ name, type, shape })
const answers = (type: string, shape: number[] = []) => bare('.pred', type, shape)
const leaves = ['Sepal.Length', 'Sepal.Width', 'Petal.Length', 'Petal.Width'].map((name) =>
  bare(name, 'float64'),
)
const species = ['setosa', 'versicolor', 'virginica']

describe('a pin of vetiver', () => {
  test.each<[string, object[], object]>([
    [
      'lm',
      [
        bare('wt', 'float64'),
        { ...bare('gear', 'string'), values: ['3', '4', '5'] },
        bare('vs', 'boolean'),
        bare('cyl', 'int32'),
      ],
      answers('float64'),
    ],
    ['glm', [bare('wt', 'float64'), bare('hp', 'float64')], answers('float64')],
    ['ranger', [bare('wt', 'float64'), bare('hp', 'float64')], answers('float64')],
    ['ranger-classes', leaves, { ...answers('string'), values: species }],
    ['ranger-probabilities', leaves, answers('float64', [3])],
    ['old', [bare('speed', 'float64')], answers('float64')],
    ['times', [bare('day', 'string'), bare('at', 'string')], answers('float64')],
  ])('with an %s tells what it takes and answers by its prototype', async (name, inputs, output) => {
    const { signature, signatureOrigin, manifest } = await inspected(pin(fixture(name)))
    expect(signature).toEqual({ inputs, outputs: [output] })
    expect([signatureOrigin, manifest.runtime]).toEqual(['artifact', 'r'])
  })

  test('says how many functions will run as it predicts, and of what class it is', async () => {
    expect((await inspected(pin(fixture('lm')))).found).toBe('cars.rds holds a vetiver model of the class lm')
    expect((await inspected(pin(fixture('glm')))).found).toMatch(
      /^cars\.rds holds a vetiver model of the class glm, with \d+ functions that run as it predicts, as a predict\.R would$/,
    )
  })

  test.each<[string, Uint8Array, string, string]>([
    ['in data.txt', fixture('lm'), 'user:\n  required_pkgs: ranger\n', '{"packages":{"ranger":null}}'],
    [
      'in a list of data.txt',
      fixture('lm'),
      'user:\n  required_pkgs:\n  - mgcv\n  - stats\n',
      '{"packages":{"mgcv":null}}',
    ],
    ['in the model of an old vetiver', fixture('old'), '', '{"packages":{"MASS":null}}'],
    [
      'with what renv noted',
      fixture('lm'),
      'user:\n  required_pkgs: ranger\n  renv_lock:\n    Packages:\n      ranger: {Package: ranger, Version: 0.14.1}\n      cli: {Version: 3.6.0}\n',
      '{"packages":{"ranger":"0.14.1"}}',
    ],
    ['nowhere', fixture('lm'), 'user: ~\n', ''],
  ])('asks for the packages that are named %s', async (_, model, user, requirements) => {
    expect((await inspected(pin(model, user))).requirements).toBe(requirements)
  })

  test('asks for what a renv.lock beside it says rather', async () => {
    const lock = '{"R": {}, "Packages": {"ranger": {"Version": "0.15.0"}, "renv": {"Version": "1.0.0"}}}'
    const { requirements } = await inspected({ ...pin(fixture('old')), 'renv.lock': lock })
    expect(requirements).toBe('{"packages":{"ranger":"0.15.0"}}')
  })

  test('of a glm answers on the scale of what it predicts, where model.yaml asks for it', async () => {
    const asks = (outputs: string) =>
      `signature: {inputs: [{name: wt, type: float64}, {name: hp, type: float64}], outputs: [${outputs}]}\n`
    const manifest = asks('{name: response, type: float64}')
    const { signature } = await inspected({ ...pin(fixture('glm')), 'model.yaml': manifest })
    expect(signature?.outputs).toEqual([bare('response', 'float64')])
    const problem = await refused(
      inspected({
        ...pin(fixture('lm')),
        'model.yaml': asks('{name: response, type: float64}'),
      }),
    )
    expect(problem.code).toBe('signature-differs')
  })

  test.each<[string, Uint8Array, string, string]>([
    ['no prototype', fixture('without-prototype'), 'signature-unknown', 'it was written without a prototype'],
    [
      'a model of another class',
      fixture('unknown'),
      'signature-unknown',
      'what a loess answers is not known',
    ],
    ['a column of lists', fixture('nested'), 'signature-unknown', 'its prototype has the column a'],
    [
      'no model',
      fixture('values-2'),
      'artifact-unrecognised',
      'cars.rds holds no model as vetiver_pin_write',
    ],
    ['nothing of R', new Uint8Array([1, 2, 3]), 'artifact-corrupt', 'the file is no .rds of R'],
    ['what cannot be looked through', fixture('bzip2'), 'artifact-unsafe', 'it is compressed by bzip2'],
    [
      'a promise',
      rds(...list({ model: promise(call('file.create', '/tmp/canary')) })),
      'artifact-unsafe',
      'cars.rds holds a promise, which R keeps as soon as it looks at it. Where you trust the file',
    ],
  ])('with %s is refused in a sentence', async (_, model, code, why) => {
    const problem = await refused(inspected(pin(model)))
    expect([problem.code, problem.message]).toEqual([code, expect.stringContaining(why)])
  })
})

describe('a crate of MLflow for R', () => {
  const declares =
    'signature: {inputs: [{name: speed, type: float64}], outputs: [{name: distance, type: float64}]}\n'
  const folder = (crate: Uint8Array, MLmodel = 'flavors: {crate: {version: 0.1.0, model: crate.bin}}\n') => ({
    MLmodel,
    'crate.bin': crate,
    'model.yaml': declares,
  })

  test('is a function that is called as a predict.R is, with what the manifest says it takes', async () => {
    const found = await inspected(folder(fixture('crate')))
    expect(found).toMatchObject({
      ...{ entry: 'crate.bin', layout: 'mlflow', signatureOrigin: 'written', requirements: '' },
      manifest: { runtime: 'r' },
      found:
        'crate.bin is a crate of MLflow for R, with 1 function that run as it predicts, as a predict.R would; it is called without MLflow',
    })
    const lock = '{"R": {}, "Packages": {"ranger": {"Version": "0.15.0"}}}'
    const { requirements } = await inspected({ ...folder(fixture('crate')), 'renv.lock': lock })
    expect(requirements).toBe('{"packages":{"ranger":"0.15.0"}}')
  })

  test.each<[string, Uint8Array, string, string]>([
    ['a model alone', fixture('lm'), 'artifact-unrecognised', 'crate.bin holds no function in a crate'],
    [
      'a promise',
      rds(...raw(rds(...list({ model: promise(call('file.create', '/tmp/canary')) })))),
      'artifact-unsafe',
      'crate.bin holds a promise, which R keeps as soon as it looks at it. Where you trust the file',
    ],
    [
      'bytes of something else',
      rds(...raw(new Uint8Array(9))),
      'artifact-corrupt',
      'the file is no .rds of R',
    ],
    ['what cannot be looked through', fixture('bzip2'), 'artifact-unsafe', 'it is compressed by bzip2'],
  ])('with %s is refused in a sentence', async (_, crate, code, why) => {
    const problem = await refused(inspected(folder(crate)))
    expect([problem.code, problem.message]).toEqual([code, expect.stringContaining(why)])
  })

  test('that is not there is asked for', async () => {
    const { 'crate.bin': _, ...others } = folder(fixture('crate'))
    expect((await refused(inspected(others))).message).toBe(
      'MLmodel names crate.bin, which is not there; upload the whole folder',
    )
  })
})

describe('a predict.R', () => {
  const declares =
    'signature: {inputs: [{name: age, type: float64}], outputs: [{name: risk, type: float64}]}\n'
  const program = { 'predict.R': 'predict_model <- function(inputs) inputs$age', 'model.yaml': declares }

  test.each<[string, Record<string, string>, string]>([
    ['nothing', {}, ''],
    [
      'what a DESCRIPTION imports',
      {
        DESCRIPTION:
          'Package: churn\nDepends: R (>= 4.2)\nImports:\n    ranger (>= 0.14),\n    MASS (== 7.3-58),\n    jsonlite\nSuggests: testthat\n',
      },
      '{"packages":{"MASS":"7.3-58","jsonlite":null,"ranger":">= 0.14"}}',
    ],
    [
      'what renv has locked',
      {
        'renv.lock':
          '{"Packages": {"ranger": {"Package": "ranger", "Version": "0.14.1", "Source": "Repository"}}}',
      },
      '{"packages":{"ranger":"0.14.1"}}',
    ],
  ])('asks for %s', async (_, files, requirements) => {
    const found = await inspected({ ...program, ...files })
    expect([found.requirements, found.found]).toEqual([requirements, 'predict.R is the program that answers'])
  })

  test.each<[string, Record<string, string>, string]>([
    ['a renv.lock that is none', { 'renv.lock': 'packages' }, 'no JSON with Packages in renv.lock'],
    [
      'a package from elsewhere',
      { 'renv.lock': '{"Packages": {"mine": {"Version": "1.0", "Source": "GitHub"}}}' },
      "mine, which is from 'GitHub' in renv.lock; allowed is packages of a repository such as CRAN",
    ],
    ['an option', { DESCRIPTION: 'Imports: --repos=x\n' }, "'--repos=x' in DESCRIPTION"],
    [
      'a version that is none',
      { 'renv.lock': '{"Packages": {"ranger": {"Version": "$(id)"}}}' },
      "ranger with the version '$(id)' in renv.lock",
    ],
  ])('is refused with %s', async (_, files, why) => {
    const problem = await refused(inspected({ ...program, ...files }))
    expect([problem.code, problem.message]).toEqual(['requirements-malformed', expect.stringContaining(why)])
  })
})
