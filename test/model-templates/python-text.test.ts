import { cp, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Inspected } from '../../lambdas/release/inspection.ts'
import { textTypes } from '../../lib/rules/hugging-face/text-model.ts'
import { describeFields } from '../../lib/rules/signature.ts'
import { furthest } from './furthest.ts'
import { inspectedFolder } from './inspected-folder.ts'
import { noTorch, PythonServer, printed, pythonWithTorch, template } from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
jest.setTimeout(4 * minutes)
const folders = new ModelFolders()
type Columns = Readonly<Record<string, readonly unknown[]>>
let cases: Readonly<Record<string, { readonly inputs: Columns; readonly expected: readonly unknown[] }>>
let answers: Readonly<
  Record<string, { readonly whole?: unknown; readonly alone?: unknown; readonly reason?: string }>
>
const inspected = new Map<string, Inspected>()
let python: string
let worst = 0

/** What each is inspected to answer. */
const outputs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(textTypes.map((type) => [type, 'label: string, score: float32'])),
  'no-labels': 'label: string, score: float32',
  each: 'scores: float32[3]',
  number: 'score: float32',
  pairs: 'label: string, scores: float32[3]',
  entities: 'labels: string[?], words: string[?], scores: float32[?], starts: int64[?], ends: int64[?]',
  mask: 'words: string[5], scores: float32[5]',
}

if (noTorch !== undefined) console.warn(noTorch)
const suite = noTorch === undefined ? describe : describe.skip

suite('a folder of save_pretrained', () => {
  beforeAll(async () => {
    await folders.open()
    const models = folders.path('models')
    await mkdir(models)
    python = await pythonWithTorch()
    await printed(python, 'text_models.py', [models, ...textTypes], models)
    cases = JSON.parse(await readFile(join(models, 'cases.json'), 'utf8'))
    for (const name of Object.keys(cases)) inspected.set(name, await inspectedFolder(join(models, name)))
    answers = await printed(python, 'answers.py', [template, models], models)
  }, 20 * minutes)
  afterAll(async () => {
    await folders.close()
    process.stdout.write(
      `models of text: the worst difference of ${Object.keys(outputs).length} is ${worst}\n`,
    )
  })

  test.each(Object.entries(outputs))(
    'as %s answers as its pipeline does, together and alone',
    (name, told) => {
      const { signature, requirements, layout } = inspected.get(name) ?? {}
      expect(describeFields(signature?.outputs ?? [])).toBe(told)
      expect([layout, requirements]).toEqual(['hugging-face', 'numpy\ntorch\ntransformers==5.24.0\n'])
      expect(answers[name]?.reason).toBeUndefined()
      const { expected } = cases[name] ?? { expected: [] }
      expect(expected.length).toBeGreaterThan(2)
      for (const found of [answers[name]?.whole, answers[name]?.alone]) {
        const far = furthest(found, expected)
        worst = Math.max(worst, far)
        expect(far).toBeLessThanOrEqual(1e-6)
      }
    },
  )

  test('says what it is for, and by which labels', () => {
    expect(inspected.get('bert')?.found).toBe(
      'config.json names BertForSequenceClassification, for text classification with bad, fair, good, saved by transformers 5.24.0',
    )
  })

  test.each<[string, RegExp]>([
    ['long', /^input text of record 0 has 33 tokens, and the model takes 32: shorten it$/],
    ['unmasked', /^input text of record 0 has \[MASK\] 0 times: it must stand in it once$/],
    ['masked-twice', /^input text of record 0 has \[MASK\] 2 times/],
    [
      'untrained',
      /^the weights lack cls\.predictions.*, which BertForMaskedLM needs: save the model after it was trained$/,
    ],
  ])('that is %s is refused, with what to do', (name, why) => {
    expect(answers[name]?.reason).toMatch(why)
  })

  test('refuses a bad row by its input, takes the next, and says nothing of a hub', async () => {
    const model = folders.path('models/bert')
    const server = await PythonServer.started(python, model, `${model}.json`)
    try {
      await server.pings(200)
      expect(await server.invoke({ text: ['good', 1] })).toMatchObject({
        status: 400,
        body: { error: 'input text is not all string' },
      })
      const { inputs = {}, expected = [] } = cases['bert'] ?? {}
      expect(furthest((await server.invoke(inputs)).body.predictions, expected)).toBeLessThanOrEqual(1e-6)
      expect(server.stderr).toBe('')
    } finally {
      await server.kill()
    }
  })

  test('whose weights were cut off, or are a pointer, is refused before it is loaded', async () => {
    const model = folders.path('cut')
    await cp(folders.path('models/bert'), model, { recursive: true })
    const weights = join(model, 'model.safetensors')
    const file = await open(weights, 'r+')
    await file.truncate(5000)
    await file.close()
    await expect(inspectedFolder(model)).rejects.toThrow(
      /^model\.safetensors cannot be read: it has 5000 bytes, and \d+ by what it says of its tensors; save it again/,
    )
    await writeFile(weights, 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n')
    await expect(inspectedFolder(model)).rejects.toThrow('model.safetensors is a pointer of Git LFS')
  })
})
