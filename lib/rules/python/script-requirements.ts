import { readRequirements } from './requirements-file.ts'

/** What SageMaker's containers for Python frameworks bring, so that scripts import it and name it nowhere. */
const brought: Readonly<Record<string, string>> = {
  PIL: 'pillow',
  boto3: 'boto3',
  cloudpickle: 'cloudpickle',
  dill: 'dill',
  joblib: 'joblib',
  lightgbm: 'lightgbm',
  numpy: 'numpy',
  pandas: 'pandas',
  sagemaker_inference: 'sagemaker-inference',
  scipy: 'scipy',
  sklearn: 'scikit-learn',
  torch: 'torch',
  torchvision: 'torchvision',
  transformers: 'transformers',
  xgboost: 'xgboost',
}

/** What a pickle names of the packages that every library of models stands on. */
const alwaysBeside = /^(?:numpy|scipy|joblib)\b/

/** What is known of the packages of a script. */
export interface ScriptNeeds {
  /** Its own requirements file; '' where there is none. */
  readonly written: string
  /** The text of its files of Python. */
  readonly sources: readonly string[]
  /** The modules that the pickles beside it name. */
  readonly pickledModules: readonly string[]
  /** The version of scikit-learn that one of them was saved by. */
  readonly scikitLearnVersion?: string
}

/**
 * The requirements of a script: what its own file asks for, and what SageMaker's containers have and it imports, or a
 * pickle beside it needs. scikit-learn is of the version that saved the model, unless the file says otherwise.
 */
export function scriptRequirements(needs: ScriptNeeds): string {
  const { written, sources, pickledModules, scikitLearnVersion: version } = needs
  const asked = new Set(readRequirements(written).requirements.map(({ name }) => name))
  const named = pickledModules.filter((module) => !alwaysBeside.test(module))
  const imported = [...sources.flatMap(importsOf), ...named].map((module) => module.split(/[.\s]/, 1)[0])
  const missing = imported
    .flatMap((name) => (name !== undefined && Object.hasOwn(brought, name) ? (brought[name] ?? []) : []))
    .filter((name) => !asked.has(name))
    .map((name) => (name === 'scikit-learn' && version !== undefined ? `${name}==${version}` : name))
  const added = [...new Set(missing)].toSorted().map((line) => `${line}\n`)
  const ending = written === '' || written.endsWith('\n') ? '' : '\n'
  return `${written}${ending}${added.join('')}`
}

/** The modules that a file of Python imports, wherever it does. */
function importsOf(source: string): string[] {
  const lines = source.matchAll(/^[ \t]*(?:from[ \t]+(\w+)[\w.]*[ \t]+import\b|import[ \t]+(\w[^#\n]*))/gm)
  return [...lines].flatMap(([, from, list]) => from ?? (list ?? '').split(',').map((one) => one.trim()))
}
