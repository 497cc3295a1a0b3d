import type { ArtifactRuntime, Detector, LayoutName } from './layout.ts'

/** Files that are a model by themselves: by how they end and, where others end so too, by how they begin. */
const kinds: readonly {
  readonly name: LayoutName
  readonly what: string
  readonly runtime: ArtifactRuntime
  readonly endings: readonly string[]
  readonly begins?: RegExp
}[] = [
  { name: 'onnx', what: 'a model as ONNX', runtime: 'onnx', endings: ['.onnx'] },
  {
    name: 'pickle',
    what: 'a model that Python has pickled',
    runtime: 'python',
    endings: ['.joblib', '.pkl', '.pickle'],
  },
  { name: 'skops', what: 'a scikit-learn model by skops', runtime: 'python', endings: ['.skops'] },
  { name: 'xgboost', what: 'an XGBoost model', runtime: 'python', endings: ['.ubj', '.bst'] },
  {
    name: 'xgboost',
    what: 'an XGBoost model',
    runtime: 'python',
    endings: ['.json'],
    begins: /^\s*\{\s*"learner"\s*:/,
  },
  {
    name: 'lightgbm',
    what: 'a LightGBM model',
    runtime: 'python',
    endings: ['.txt'],
    begins: /^tree\r?\nversion=/,
  },
  { name: 'torchscript', what: 'a TorchScript model', runtime: 'python', endings: ['.pt'] },
]

export const modelFileDetectors: readonly Detector[] = kinds.map(
  ({ name, what, runtime, endings, begins }) => {
    const named = (paths: readonly string[]) =>
      paths.filter((path) => endings.some((end) => path.endsWith(end)))
    return {
      name,
      runtimes: [runtime],
      signs: endings,
      what,
      speaksFor: 'file',
      ...(begins !== undefined && { heads: named }),
      detect: ({ paths, heads }) =>
        named(paths)
          .filter((path) => begins === undefined || begins.test(heads.get(path) ?? ''))
          .map((entry) => ({ runtime, entry, because: `${entry} is ${what}` })),
    }
  },
)
