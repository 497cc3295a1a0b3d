import { noise } from './hostile-tars.ts'

/** What people pack: files by their paths, and where the release has them after what lies on top is taken off. */
export interface Folder {
  readonly what: string
  readonly files: Readonly<Record<string, string | Uint8Array>>
  /** The one folder that everything lies in, which is no part of the release. */
  readonly top?: string
  /** Needs more than a hundred letters of ASCII a path: old formats have no place for it. */
  readonly modern?: true
}

const model = { 'model.onnx': noise(20_000), 'model.yaml': 'model: churn\nversion: 1.0.0\n' }
const prefixed = (top: string, files: Folder['files']) =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`${top}${path}`, bytes]))

const sagemaker = {
  'model.joblib': noise(3000),
  'code/inference.py': 'def model_fn(model_dir):\n    return 1\n',
  'code/requirements.txt': 'scikit-learn==1.5.0\n',
}
const mlflow = {
  MLmodel: 'flavors: {}\n',
  'model.pkl': noise(5000),
  'conda.yaml': 'name: env\n',
  'python_env.yaml': 'python: 3.11\n',
  'requirements.txt': 'mlflow\n',
  'input_example.json': '{"x": [1]}',
}

export const folders: readonly Folder[] = [
  { what: 'a model and its manifest', files: model },
  { what: 'one file', files: { 'model.onnx': noise(100) } },
  { what: 'a SageMaker model', files: sagemaker },
  { what: 'a script in the folder that SageMaker looks in', files: { 'code/inference.py': 'x = 1\n' } },
  { what: 'an MLflow model', files: mlflow },
  { what: 'the folder itself', files: prefixed('churn/', model), top: 'churn/' },
  { what: 'the folder of an MLflow model', files: prefixed('mlruns/', mlflow), top: 'mlruns/' },
  { what: 'a folder in a folder', files: prefixed('home/ana/', model), top: 'home/' },
  { what: 'empty files', files: { ...model, 'py.typed': '', 'pkg/__init__.py': '' } },
  { what: 'many folders deep', files: { [`${'d/'.repeat(20)}model.onnx`]: noise(10), 'model.yaml': '' } },
  {
    what: 'many files',
    files: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`shards/${i}.bin`, `${i}`])),
    top: 'shards/',
  },
  {
    what: 'names with spaces and signs',
    files: { "it's a model (final) [2].onnx": noise(50), 'a+b=c,d;e&f.txt': 'x', '.hidden': 'y', '-rf': 'z' },
  },
  {
    what: 'zeros that pack a thousandfold',
    files: { 'zeros.bin': new Uint8Array(5 * 2 ** 20), 'model.onnx': noise(10) },
  },
  {
    what: 'sizes around a block of a tar',
    files: { a: noise(511), b: noise(512), c: noise(513), d: noise(1024), e: noise(10_240) },
  },
  {
    what: 'a file of a megabyte',
    files: { 'weights.bin': noise(1_000_000), 'predict.py': 'def predict(x): return x\n' },
  },
  {
    what: 'names in other languages',
    files: { 'モデル/重み.bin': noise(30), 'modèle/é.json': '{}', 'мод.txt': 'x', '🌳.txt': 'tree' },
    modern: true,
  },
  {
    what: 'long names',
    files: {
      [`${'n'.repeat(180)}.onnx`]: noise(30),
      [`${'folder-of-some-length/'.repeat(12)}${'f'.repeat(120)}.txt`]: 'x',
    },
    modern: true,
  },
]

/** What a release holds of a folder. */
export function releaseOf({ files, top = '' }: Folder): Readonly<Record<string, string | Uint8Array>> {
  return Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path.slice(top.length), bytes]))
}
