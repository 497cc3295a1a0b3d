import { describe, expect, test } from '@jest/globals'
import { zipSync } from 'fflate'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'
import type { Problem } from '../../lib/rules/problem.ts'
import { refused } from '../harness/refused.ts'

type Content = string | Uint8Array
type Files = Readonly<Record<string, Content>>
const bytesOf = (content: Content) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

/** Inspect a release of these files. */
function inspected(files: Files) {
  const listed = Object.entries(files).map(([path, content]) => ({ path, size: bytesOf(content).length }))
  return inspect({ model: 'model', version: '1.0.0' }, listed, async (path, first) => {
    const content = files[path]
    return content === undefined ? undefined : bytesOf(content).subarray(0, first)
  })
}
const problemOf = (files: Files): Promise<Problem> => refused(inspected(files))

/** A file of safetensors with nothing in it. */
const noTensors = Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d])
const bert = {
  'config.json': '{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}',
  'model.safetensors': noTensors,
  'tokenizer.json': '{}',
}
const zipped = (...names: readonly string[]) =>
  zipSync(Object.fromEntries(names.map((name) => [name, new Uint8Array(3)])), { level: 0 })

describe('a folder of save_pretrained', () => {
  test('is read off its config, and needs torch and transformers', async () => {
    expect(await inspected(bert)).toMatchObject({
      ...{ entry: 'config.json', layout: 'hugging-face', signatureOrigin: 'artifact' },
      manifest: { runtime: 'python' },
      found: 'config.json names BertForSequenceClassification, for text classification with LABEL_0, LABEL_1',
      requirements: 'numpy\ntorch\ntransformers>=4.48\n',
    })
  })

  test('needs what its own requirements say rather', async () => {
    const { requirements } = await inspected({ ...bert, 'requirements.txt': 'transformers==4.57.1\n' })
    expect(requirements).toBe('transformers==4.57.1\n')
  })

  test('tells of another signature than it has', async () => {
    const manifest =
      'signature: {inputs: [{name: words, type: string}], outputs: [{name: label, type: string}]}\n'
    expect((await problemOf({ ...bert, 'model.yaml': manifest })).code).toBe('signature-differs')
  })

  test.each<[string, Files, string, string]>([
    [
      'its weights are those of another format',
      { 'model.safetensors': 'weights of something' },
      'artifact-corrupt',
      'model.safetensors cannot be read: it is no file of safetensors',
    ],
    [
      'its tokenizer is a pointer',
      { 'tokenizer.json': 'version https://git-lfs.github.com/spec/v1\n' },
      'artifact-corrupt',
      'tokenizer.json is a pointer of Git LFS',
    ],
    [
      'it asks for unsafePickle',
      { 'model.yaml': 'unsafePickle: true\n' },
      'manifest-invalid',
      'this is a Hugging Face model (config.json); take it out',
    ],
  ])('is refused where %s', async (_, more, code, why) => {
    const problem = await problemOf({ ...bert, ...more })
    expect([problem.code, problem.message]).toEqual([code, expect.stringContaining(why)])
    expect(problem.message).not.toMatch(/^config\.json: /)
  })
})

describe('a folder of mlflow.pytorch', () => {
  const MLmodel = `flavors:
  pytorch: { model_data: data, pytorch_version: 2.15.0+cu130 }
  python_function: { loader_module: mlflow.pytorch, python_version: 3.11.2 }
`
  const signature = `signature:
  inputs: '[{"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}]'
  outputs: '[{"type": "tensor", "name": "y", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]'
`
  const script = zipped('m/data.pkl', 'm/code/__torch__.py', 'm/constants.pkl')

  test('as TorchScript is served without MLflow, by its PyTorch', async () => {
    const requirements = 'mlflow==3.17.2\ntorch==2.15.0\ncloudpickle==3.1.3\n'
    const files = { MLmodel: MLmodel + signature, 'data/model.pth': script }
    expect(await inspected({ ...files, 'requirements.txt': requirements })).toMatchObject({
      found:
        'MLmodel has the flavour pytorch, saved with Python 3.11.2: data/model.pth is a model as TorchScript; it is served without MLflow, so mlflow, cloudpickle of requirements.txt is left out',
      requirements: 'torch==2.15.0\nnumpy\n',
      signature: { outputs: [{ name: 'y', type: 'float32', shape: [3] }] },
    })
    expect((await inspected(files)).requirements).toBe('torch==2.15.0\nnumpy\n')
  })

  test.each<[string, Files, string, RegExp]>([
    [
      'pickled',
      { 'data/model.pth': zipped('m/data.pkl', 'm/data/0') },
      'artifact-unsafe',
      /^data\/model\.pth was written by torch\.save/,
    ],
    [
      'of torch.export',
      { 'data/model.pt2': 'x' },
      'artifact-unrecognised',
      /^MLmodel names data\/model\.pt2, a model of torch\.export, which is not served; save it as TorchScript .* mlflow\.onnx$/,
    ],
    ['not there', {}, 'artifact-corrupt', /names data\/model\.pth, which is not there/],
    [
      'without a signature',
      { 'data/model.pth': script },
      'signature-unknown',
      /MLmodel has no signature of inputs and outputs/,
    ],
  ])('that is %s is refused', async (_, files, code, why) => {
    const problem = await problemOf({ MLmodel, ...files })
    expect([problem.code, problem.message]).toEqual([code, expect.stringMatching(why)])
  })
})

describe('a python_function of somebody', () => {
  const folder = (loader: string, more = '') => ({
    MLmodel: `flavors:\n  python_function: { loader_module: ${loader}${more} }\nmlflow_version: 3.17.2\n`,
    'model.yaml': 'signature: {inputs: [{name: a, type: float64}], outputs: [{name: b, type: float64}]}\n',
  })
  const pickled = folder('mlflow.pyfunc.model', ', python_model: python_model.pkl')
  /** `__main__.Churn()`. */
  const own = Buffer.from('\x80\x04\x8c\x08__main__\x8c\x05Churn\x93)\x81.', 'latin1')

  test('that is a program is served as one, by MLflow and by the version that saved it', async () => {
    const files = folder('mlflow.pyfunc.loaders.code_model', ", model_code_path: '/home/me/churn/model.py'")
    const found = await inspected({ ...files, 'model.py': '' })
    expect(found).toMatchObject({
      found: 'MLmodel has a python_function of its own: model.py is the model, which MLflow itself loads',
      requirements: 'mlflow==3.17.2\n',
    })
    expect(found.unlisted).toBeUndefined()
    const own = 'pandas==3.1.1\nmlflow==3.16.0'
    const { requirements } = await inspected({ ...files, 'model.py': '', 'requirements.txt': own })
    expect(requirements).toBe(own)
    expect((await problemOf(files)).message).toContain('MLmodel names model.py, which is not there')
    const asking = { ...files, 'model.yaml': `${files['model.yaml']}unsafePickle: true\n`, 'model.py': '' }
    expect((await problemOf(asking)).code).toBe('manifest-invalid')
  })

  test('that is a pickle is served where the manifest asks for that, and what it names is told', async () => {
    const asking = { ...pickled, 'model.yaml': `${pickled['model.yaml']}unsafePickle: true\n` }
    const { unlisted } = await inspected({ ...asking, 'python_model.pkl': own })
    expect(unlisted).toEqual(['__main__.Churn'])
  })

  test.each<[string, Files, RegExp]>([
    [
      'is a pickle that nobody asked for',
      pickled,
      /python_model\.pkl is a pickle of it\. .*`unsafePickle: true`/,
    ],
    [
      'was saved by transformers',
      folder('mlflow.transformers'),
      /^MLmodel says that mlflow\.transformers loads the model.* by save_pretrained, or bring a predict\.py/,
    ],
    [
      'has a loader of its own',
      folder('mine.loading'),
      /mine\.loading loads the model.* mlflow\.onnx\), or bring/,
    ],
  ])('is refused where it %s', async (_, files, why) => {
    const problem = await problemOf({ ...files, 'python_model.pkl': own })
    expect([problem.code, problem.message]).toEqual(['artifact-unsafe', expect.stringMatching(why)])
  })
})
