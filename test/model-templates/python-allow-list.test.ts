import { mkdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { noPython, printed, pythonWithModels, template } from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
const folders = new ModelFolders()
let python: string

const suite = noPython === undefined ? describe : describe.skip

suite('the allow-list of a model file', () => {
  beforeAll(async () => {
    await folders.open()
    python = await pythonWithModels()
  }, 10 * minutes)
  afterAll(() => folders.close())

  test(
    'refuses every hostile stream and runs none, where pickle runs many of them',
    async () => {
      const folder = folders.path('hostile')
      await mkdir(folder)
      const said = await printed(python, 'hostile.py', [template], folder)
      expect(said.tried.length).toBeGreaterThan(360)
      expect(said.accepted).toEqual([])
      expect(said.executed).toEqual([])
      expect(said.ranUnguarded.length).toBeGreaterThan(100)
      expect(said.reasons['os.system: inside joblib']).toBe(
        "CannotLoad: model.joblib is refused: it holds the global os.system; allowed are scikit-learn's own classes, " +
          "NumPy arrays, SciPy's sparse matrices and plain values: load it yourself in a predict.py, or save it as " +
          '.skops or ONNX',
      )
      // Each defence by its own words, or another one refused in its place.
      for (const [name, words] of Object.entries({
        'objects that say they are bytes: pickle': 'contradicts itself',
        'number of objects: pickle': 'raw bytes that are said to be objects',
        'trailing: compressed joblib': 'something follows the model',
        'trailing in the frame: pickle': 'something follows the model',
        'extension <B: pickle': 'holds the extension 7',
        'persistent id: pickle': 'outside of the file',
        'built class: pickle': 'changes a class',
        'codec: pickle': 'encodes a text as rot13',
        'class of a test: pickle': 'it holds the global sklearn.tests.test_base.MyEstimator',
        'truncated: pickle': 'not whole',
      }))
        expect([name, said.reasons[name]]).toEqual([name, expect.stringContaining(words)])
    },
    2 * minutes,
  )

  test(
    'accepts what scikit-learn saves, and it predicts the same',
    async () => {
      const said = await printed(python, 'benign.py', [template], folders.path('.'))
      expect(said.tried.length).toBeGreaterThan(100)
      expect(said.refused).toEqual({})
      expect(said.different).toEqual([])
    },
    2 * minutes,
  )
})
