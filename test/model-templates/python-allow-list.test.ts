import { mkdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { noPython, printed, pythonWithModels, template } from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
const folders = new ModelFolders()
let python: string

const tell = (line: string) => process.stderr.write(`${line}\n`)

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
      const [[heaviest, heaviestName] = [0, '']] = said.heaviest
      tell(
        `${said.tried.length} hostile files and ${said.bombs.length} bombs: ${said.accepted.length} accepted, ` +
          `${said.executed.length} run (unguarded ${said.ranUnguarded.length} of the first); at most ` +
          `${Math.round(heaviest / 2 ** 20)} MiB more memory, by ${heaviestName}`,
      )
      expect(said.tried.length).toBeGreaterThan(500)
      expect(said.bombs.length).toBeGreaterThan(50)
      expect(heaviest).toBeLessThanOrEqual(150 * 2 ** 20)
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
        'partial of another: pickle': 'it holds the global sklearn.base.clone',
        'partial that is filled with another: pickle': 'it holds a partial of',
        'partial with arguments: pickle': 'more than a function and its keywords',
        'functools.partial as TypeNode: skops': 'it holds the global functools.partial',
        'os.system as FunctionNode: skops': 'it holds the global os.system',
        '1 GiB of zeros: skops': 'unpacks to more than 64 MiB',
        '1 GiB of small zeros by zlib': 'save it without compression',
        '4 GiB of zeros by zlib': 'far more memory',
        'list of a range': 'far more memory',
        'objects by the billion': 'far more memory',
      }))
        expect([name, said.reasons[name]]).toEqual([name, expect.stringContaining(words)])
    },
    8 * minutes,
  )

  test(
    'accepts what scikit-learn saves, and it predicts the same',
    async () => {
      const said = await printed(python, 'benign.py', [template], folders.path('.'))
      expect(said.tried.length).toBeGreaterThan(100)
      const refused = Object.keys(said.refused)
      tell(
        `${said.tried.length} models of scikit-learn in ${said.files} files: ${said.tried.length - refused.length} accepted ` +
          `and predicting equal, ${said.different.length} differing; refused: ${refused.join(', ') || 'none'}`,
      )
      expect(said.refused).toEqual({})
      expect(said.different).toEqual([])
    },
    2 * minutes,
  )
})
