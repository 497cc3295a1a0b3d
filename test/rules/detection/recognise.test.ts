import { describe, expect, test } from '@jest/globals'
import type { ArtifactRuntime } from '../../../lib/rules/detection/layout.ts'
import { detectors, headsWanted, recogniseArtifact } from '../../../lib/rules/detection/recognise.ts'
import { refusal } from '../refusal.ts'

/** Files by path, with what they begin with where it matters. */
type Files = Readonly<Record<string, string>>

function listing(files: Files, image?: string) {
  const paths = Object.keys(files)
  return { paths, heads: new Map(headsWanted(paths).map((path) => [path, files[path] ?? ''])), image }
}
const recognised = (files: Files, declared?: ArtifactRuntime) => recogniseArtifact(listing(files), declared)
const refused = (files: Files, declared?: ArtifactRuntime) => refusal(() => recognised(files, declared))

/** As `mlflow.sklearn.save_model` of MLflow 3 begins it. */
const sklearn = `artifact_path: model
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.11.2
  sklearn: {code: null, pickled_model: model.pkl, serialization_format: cloudpickle, sklearn_version: 1.5.0}
mlflow_version: 3.1.0
`
const mlflow = { MLmodel: sklearn, 'model.pkl': '', 'requirements.txt': '', 'conda.yaml': '' }
const onnxFlavour =
  'flavors: {onnx: {data: model.onnx, onnx_version: 1.17.0}, python_function: {data: model.onnx}}'
const script = 'import os\n\ndef model_fn(model_dir):\n    pass\n\ndef predict_fn(data, model):\n    pass\n'
const pin = (type: string) =>
  `file: iris.${type}\nfile_size: 1046\npin_hash: 3b1349d9e53cda55\ntype: ${type}\ntitle: 'iris: a pinned object'\ncreated: 20251120T223814Z\napi_version: 1\nuser:\n  required_pkgs: [vetiver]\n`
/** Of Python, where the packages stand one level deeper. */
const pythonPin = pin('joblib').replace(
  /user:[\s\S]*/,
  'user:\n  user: {}\n  vetiver_meta:\n    required_pkgs: [scikit-learn]\n',
)
const at = 'iris/20251120T223814Z-3b134'
/** A folder of save_pretrained with this config. */
const saved = (config: string) => ({
  'config.json': config,
  'model.safetensors': '',
  'tokenizer.json': '',
})
const bert = '{"architectures": ["BertForSequenceClassification"], "model_type": "bert"}'

describe('what people bring is recognised, with its runtime, its entry and why', () => {
  test.each<[string, Files, ArtifactRuntime, string, RegExp]>([
    ['ONNX', { 'model.onnx': '' }, 'onnx', 'model.onnx', /model\.onnx is a model as ONNX/],
    ['ONNX in a folder', { 'weights/v2.onnx': '', 'model.yaml': '' }, 'onnx', 'weights/v2.onnx', /ONNX/],
    ['MLflow of scikit-learn', mlflow, 'python', 'MLmodel', /flavour sklearn/],
    ['MLflow of ONNX', { MLmodel: onnxFlavour, 'model.onnx': '' }, 'onnx', 'model.onnx', /flavour onnx/],
    ['MLflow of R', { MLmodel: 'flavors: {crate: {model: crate.bin}}' }, 'r', 'crate.bin', /flavour crate/],
    [
      'SageMaker',
      { 'code/inference.py': script, 'model.joblib': '' },
      'python',
      'code/inference.py',
      /model_fn, predict_fn/,
    ],
    [
      'SageMaker at the root',
      { 'inference.py': script, 'model.pth': '' },
      'python',
      'inference.py',
      /model_fn/,
    ],
    [
      'one handler for all',
      { 'code/inference.py': 'async def transform_fn(a, b, c, d): ...' },
      'python',
      'code/inference.py',
      /transform_fn/,
    ],
    [
      'vetiver of R',
      { [`${at}/data.txt`]: pin('rds'), [`${at}/iris.rds`]: '' },
      'r',
      `${at}/iris.rds`,
      /type rds/,
    ],
    [
      'vetiver of Python',
      { 'data.txt': pythonPin, 'iris.joblib': '' },
      'python',
      'iris.joblib',
      /type joblib/,
    ],
    [
      'a whole board',
      { [`board/${at}/data.txt`]: pin('joblib'), [`board/${at}/iris.joblib`]: '', 'board/_pins.yaml': '' },
      'python',
      `board/${at}/iris.joblib`,
      /type joblib/,
    ],
    ['joblib', { 'model.joblib': '', 'requirements.txt': 'tree\n' }, 'python', 'model.joblib', /pickled/],
    ['skops', { 'model.skops': '' }, 'python', 'model.skops', /skops/],
    ['XGBoost, binary', { 'model.ubj': '' }, 'python', 'model.ubj', /XGBoost/],
    [
      'XGBoost, JSON',
      { 'm.json': '{"learner":{"attributes":{}}}', 'examples/a.json': '{"x": 1}' },
      'python',
      'm.json',
      /XGBoost/,
    ],
    [
      'LightGBM',
      { 'model.txt': 'tree\nversion=v4\n', 'requirements.txt': 'lightgbm' },
      'python',
      'model.txt',
      /LightGBM/,
    ],
    ['TorchScript', { 'model.pt': '' }, 'python', 'model.pt', /TorchScript/],
    [
      'Hugging Face',
      { 'config.json': bert, 'model.safetensors': '', 'tokenizer.json': '' },
      'python',
      'config.json',
      /BertFor/,
    ],
    [
      'a program that loads a Hugging Face folder',
      { 'config.json': bert, 'model.safetensors': '', 'tokenizer.json': '', 'predict.py': '' },
      'python',
      'predict.py',
      /predict\.py/,
    ],
    [
      'a program that loads its tensors',
      { 'predict.py': '', 'weights.safetensors': '' },
      'python',
      'predict.py',
      /predict\.py/,
    ],
    ['predict.py', { 'predict.py': '', 'a.onnx': '', 'b.pkl': '' }, 'python', 'predict.py', /predict\.py/],
    ['predict.R', { 'predict.R': '', 'model.rds': '', 'renv.lock': '' }, 'r', 'predict.R', /predict\.R/],
    ['predict.js', { 'predict.js': '', 'package.json': '' }, 'node', 'predict.js', /predict\.js/],
    ['a jar', { 'churn.jar': '', 'lib/smile.jar': '', 'model.zip': '' }, 'java', 'churn.jar', /jar/],
    ['a Dockerfile', { Dockerfile: '', 'main.go': '' }, 'container', 'Dockerfile', /Dockerfile/],
  ])('%s', (_, files, runtime, entry, because) => {
    expect(recognised(files)).toMatchObject({ runtime, entry, because: expect.stringMatching(because) })
    expect(recognised(files, runtime)).toMatchObject({ runtime, entry })
  })
})

test('what its makers wrote down beside it is told', () => {
  expect(recognised({ ...mlflow, 'serving_input_example.json': '', 'input_example.json': '' })).toMatchObject(
    {
      what: 'an MLflow model',
      dependencies: 'requirements.txt',
      examples: ['serving_input_example.json'],
      beside: ['model.pkl'],
    },
  )
  expect(
    recognised({ 'code/inference.py': script, 'code/requirements.txt': '', 'requirements.txt': '' }),
  ).toMatchObject({
    dependencies: 'code/requirements.txt',
  })
  expect(recognised({ 'predict.js': '', 'package.json': '', 'package-lock.json': '' })).toMatchObject({
    dependencies: 'package-lock.json',
  })
})

describe('what is not clear is refused, and every candidate is named', () => {
  test.each<[string, Files, readonly string[]]>([
    ['two models', { 'a.onnx': '', 'b.onnx': '' }, ['a.onnx', 'b.onnx']],
    [
      'models of two kinds',
      { 'a.onnx': '', 'b.joblib': '' },
      ['a model as ONNX (a.onnx)', 'pickled (b.joblib)'],
    ],
    ['two programs', { 'predict.py': '', 'predict.R': '' }, ['in Python (predict.py)', 'in R (predict.R)']],
    [
      'a program in an MLflow folder',
      { ...mlflow, 'predict.py': '' },
      ['MLflow model (MLmodel)', 'predict.py'],
    ],
    ['two jars', { 'a.jar': '', 'b.jar': '' }, ['a.jar', 'b.jar']],
  ])('%s', (_, files, named) => {
    const { code, message } = refused(files)
    expect(code).toBe('artifact-unrecognised')
    expect(message).toMatch(/^it is unclear what it is: /)
    for (const one of named) expect(message).toContain(one)
  })

  test('unless a runtime is declared that only one of them has', () => {
    expect(recognised({ 'predict.py': '', 'predict.R': '' }, 'r')).toMatchObject({ entry: 'predict.R' })
    expect(recognised({ 'model.onnx': '', 'model.joblib': '' }, 'onnx')).toMatchObject({
      entry: 'model.onnx',
    })
    expect(recognised({ 'predict.py': '', 'model.onnx': '' }, 'onnx')).toMatchObject({ entry: 'model.onnx' })
  })
})

describe('what has a form that is known and cannot be served is refused, with why', () => {
  test.each<[string, Files, RegExp]>([
    ['an MLmodel that is none', { MLmodel: 'a: [', 'model.pkl': '' }, /no MLmodel as MLflow writes it/],
    [
      'flavours of Spark alone',
      { MLmodel: 'flavors: {spark: {}}', 'm.onnx': '' },
      /flavours spark, and python_function, onnx or crate/,
    ],
    [
      'a script without handlers',
      { 'code/inference.py': 'print(1)\n  def model_fn(): ...' },
      /defines none of model_fn/,
    ],
    [
      'handlers that exclude each other',
      { 'code/inference.py': 'def transform_fn(): ...\ndef input_fn(): ...' },
      /transform_fn, which does it all, and input_fn/,
    ],
    [
      'two versions of a pin',
      {
        [`${at}/data.txt`]: pin('rds'),
        [`${at}/iris.rds`]: '',
        'iris/20251121T223814Z-aaaaa/data.txt': pin('rds'),
        'iris/20251121T223814Z-aaaaa/iris.rds': '',
      },
      /2 versions of pins, iris\/20251120T223814Z-3b134, iris\/20251121T223814Z-aaaaa; .*bring its folder alone/,
    ],
    ['a pin without its file', { 'data.txt': pin('rds') }, /names iris\.rds, which is not there/],
    ['a pin of another type', { 'data.txt': pin('csv'), 'iris.csv': '' }, /type csv, and rds .* or joblib/],
    [
      'weights that are a pickle',
      { 'config.json': bert, 'pytorch_model.bin': '' },
      /is a pickle, .*safe_serialization/,
    ],
    ['a configuration without weights', { 'config.json': bert }, /no \.safetensors file/],
    [
      'weights of another name',
      { 'config.json': bert, 'best.safetensors': '' },
      /its weights are called best\.safetensors; save_pretrained calls them model\.safetensors/,
    ],
    [
      'a model of text without its tokenizer',
      { 'config.json': bert, 'model.safetensors': '', 'vocab.txt': '' },
      /there is no tokenizer\.json beside it.*AutoTokenizer\.from_pretrained\(NAME\)\.save_pretrained\(FOLDER\)/,
    ],
    [
      'code of a tokenizer',
      { ...saved(bert), 'tokenizer_config.json': '{"auto_map": {"AutoTokenizer": ["a.B", null]}}' },
      /^tokenizer_config\.json names code that comes with the model \(auto_map\), and trust_remote_code is never set/,
    ],
    [
      'weights that nothing speaks for',
      { 'model.safetensors': '', 'README.md': '' },
      /^model\.safetensors holds weights and does not say which network .* config\.json .* predict\.py that builds the network/,
    ],
    [
      'weights beside a configuration of something else',
      { 'weights.safetensors': '', 'config.json': '{"layers": 3}' },
      /^weights\.safetensors holds weights and does not say which network/,
    ],
    [
      'an adapter',
      { 'adapter_model.safetensors': '', 'adapter_config.json': '{}' },
      /is an adapter \(adapter_config\.json\), .* merge_and_unload\(\)/,
    ],
  ])('%s', (_, files, why) => {
    const { code, message } = refused(files)
    expect([code, message]).toEqual(['artifact-unrecognised', expect.stringMatching(why)])
  })

  test.each<[string, Files, string]>([
    ['nothing', {}, 'nothing'],
    ['a manifest alone', { 'model.yaml': '' }, 'nothing'],
    [
      'files of no kind',
      { 'a.onnx.txt': '', 'data.txt': 'my notes', 'config.json': '{}' },
      'a.onnx.txt, data.txt, config.json',
    ],
    ['a script that only is called so', { 'inference.py': 'print(1)' }, 'inference.py'],
    ['more files than fit a sentence', { a: '', b: '', c: '', d: '', e: '', f: '' }, 'a, b, c, d, e'],
  ])('%s is nothing that is known', (_, files, told) => {
    expect(refused(files).message).toContain(
      `there is nothing that is known as a model or a program among: ${told}; bring MLmodel, `,
    )
  })

  test('a declared runtime does not take what another serves', () => {
    expect(refused({ 'model.joblib': '' }, 'onnx').message).toContain(
      "the runtime 'onnx' serves among: model.joblib",
    )
  })
})

describe('an image that the manifest names', () => {
  const image = 'ghcr.io/team/churn:1.4.0'

  test('is the model, alone and with files that its server finds', () => {
    const because = `model.yaml names the image ${image}`
    const found = { runtime: 'container', entry: 'model.yaml', because }
    expect(recogniseArtifact(listing({ 'model.yaml': '' }, image))).toMatchObject({ ...found, beside: [] })
    expect(recogniseArtifact(listing({ 'model.yaml': '', 'm.onnx': '' }, image))).toMatchObject({
      ...found,
      beside: ['m.onnx'],
    })
  })

  test.each<[string, Files, ArtifactRuntime | undefined]>([
    ['a program', { 'model.yaml': '', 'predict.py': '' }, undefined],
    ['a Dockerfile', { 'model.yaml': '', Dockerfile: '' }, 'container'],
  ])('beside %s is unclear', (_, files, declared) => {
    const { message } = refusal(() => recogniseArtifact(listing(files, image), declared))
    expect(message).toMatch(/^it is unclear what it is: .*an image \(model\.yaml\)/)
  })
})

test('no detector looks at more than the beginnings that it asked for', () => {
  expect(headsWanted(['MLmodel', 'model.onnx', 'm.json', 'notes.txt'])).toEqual([
    'MLmodel',
    'm.json',
    'notes.txt',
  ])
  const untouched = {
    paths: ['MLmodel', 'config.json', 'data.txt', 'inference.py', 'a.json', 'b.txt'],
    heads: new Map(),
  }
  for (const { detect } of detectors) expect(detect(untouched).every((found) => 'misfit' in found)).toBe(true)
})
