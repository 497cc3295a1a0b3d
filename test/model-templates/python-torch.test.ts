import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Inspected } from '../../lambdas/release/inspection.ts'
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

if (noTorch !== undefined) console.warn(noTorch)
const suite = noTorch === undefined ? describe : describe.skip

suite('a TorchScript model', () => {
  beforeAll(async () => {
    await folders.open()
    const models = folders.path('models')
    await mkdir(models)
    python = await pythonWithTorch()
    await printed(python, 'torch_scripts.py', [models], models)
    cases = JSON.parse(await readFile(join(models, 'cases.json'), 'utf8'))
    for (const name of Object.keys(cases))
      if (name !== 'mlflow-pickled') inspected.set(name, await inspectedFolder(join(models, name)))
    answers = await printed(python, 'answers.py', [template, models], models)
  }, 20 * minutes)
  afterAll(() => folders.close())

  test.each(['tensor', 'dict', 'tuple'])(
    'that answers with a %s answers as PyTorch does, together and alone',
    (name) => {
      expect(answers[name]?.reason).toBeUndefined()
      const { expected } = cases[name] ?? { expected: [] }
      expect(expected).toHaveLength(12)
      for (const found of [answers[name]?.whole, answers[name]?.alone])
        expect(furthest(found, expected)).toBeLessThanOrEqual(1e-6)
      expect(inspected.get(name)).toMatchObject({
        signatureOrigin: 'written',
        requirements: 'numpy\ntorch\n',
      })
    },
  )

  test.each(['mlflow-table', 'mlflow-tensor'])(
    'that MLflow has saved, as %s, answers as MLflow does, without it',
    (name) => {
      expect(answers[name]?.reason).toBeUndefined()
      const { expected } = cases[name] ?? { expected: [] }
      expect(expected).toHaveLength(12)
      for (const found of [answers[name]?.whole, answers[name]?.alone])
        expect(furthest(found, expected)).toBeLessThanOrEqual(1e-6)
      expect(inspected.get(name)).toMatchObject({
        signatureOrigin: 'artifact',
        requirements: 'torch==2.15.0\nnumpy\n',
        found: expect.stringMatching(
          /data\/model\.pth is a model as TorchScript; it is served without MLflow/,
        ),
      })
    },
  )

  test('that MLflow has pickled is refused, with what to do', async () => {
    await expect(inspectedFolder(folders.path('models/mlflow-pickled'))).rejects.toThrow(
      /^data\/model\.pth was written by torch\.save, which is a pickle.*torch\.jit\.script/,
    )
  })

  test('refuses a bad row by its input; a file that is none is refused before, and by the server', async () => {
    const model = folders.path('models/tensor')
    const server = await PythonServer.started(python, model, `${model}.json`)
    try {
      await server.pings(200)
      expect(await server.invoke({ x: [['a', 1, 2, 3]] })).toMatchObject({
        status: 400,
        body: { error: 'input x is not all float32' },
      })
      expect((await server.invoke({ x: [[0, 1, 2, 3]] })).status).toBe(200)
    } finally {
      await server.kill()
    }
    const broken = folders.path('broken')
    await mkdir(broken)
    await writeFile(join(broken, 'model.pt'), 'weights')
    await expect(inspectedFolder(broken)).rejects.toThrow('model.pt is no archive of torch.jit.save')
    await writeFile(`${broken}.json`, JSON.stringify({ entry: 'model.pt', layout: 'torchscript' }))
    const refusing = await PythonServer.started(python, broken, `${broken}.json`)
    expect(await refusing.ended()).toBe(1)
    expect(refusing.stderr).toContain('the model cannot be loaded: model.pt cannot be read by PyTorch')
  })
})
