import { parse } from 'yaml'
import { z } from 'zod'
import { Problem } from '../problem.ts'

/** What of an `MLmodel` says how its Python flavour is loaded; of everything else it is MLflow that asks. */
const description = z.looseObject({
  flavors: z.looseObject({
    python_function: z.looseObject({
      loader_module: z.string(),
      predict_fn: z.string().nullish(),
      python_version: z.string().nullish(),
      python_model: z.string().nullish(),
      model_code_path: z.string().nullish(),
    }),
    sklearn: z.looseObject({ pickled_model: z.string(), sklearn_version: z.string().nullish() }).nullish(),
    xgboost: z
      .looseObject({ data: z.string(), model_class: z.string().nullish(), xgb_version: z.string().nullish() })
      .nullish(),
    lightgbm: z
      .looseObject({ data: z.string(), model_class: z.string().nullish(), lgb_version: z.string().nullish() })
      .nullish(),
    pytorch: z.looseObject({ model_data: z.string(), pytorch_version: z.string().nullish() }).nullish(),
  }),
  signature: z.unknown().optional(),
  mlflow_version: z.string().nullish(),
})

/** A model that MLflow has saved, and that is served without MLflow. */
export interface NativeFlavour {
  readonly flavour: 'sklearn' | 'xgboost' | 'lightgbm' | 'pytorch'
  /** The model itself, by its path in the folder. */
  readonly file: string
  /** Which of its methods answers: `predict`, `predict_proba`. */
  readonly method: string
  /** Of boosted trees: the class that was saved, `XGBClassifier` or `Booster`. */
  readonly modelClass?: string
  /** Of the framework. */
  readonly version?: string
  readonly pythonVersion?: string
  /** The member `signature`, for `mlflowSignature`. */
  readonly signature: unknown
}

/** A model that only MLflow itself loads, by code that was pickled or that lies beside it. */
export interface ForeignFlavour {
  /** The module that loads it: `mlflow.pyfunc.model`. */
  readonly loader: string
  /** Of a python_function of somebody's own: the file of its code, and the pickle that holds it where there is none. */
  readonly program?: string
  readonly pickle?: string
  readonly mlflowVersion?: string
  readonly pythonVersion?: string
  readonly signature: unknown
}

const version = /^\d[\w.]{0,30}$/
/** What mlflow.pytorch calls a model in its folder, pickled or as TorchScript. */
const torchFile = 'model.pth'
/** A method of an estimator by which MLflow may answer. */
const method = /^[a-z]\w{0,60}$/

/** @param text of an `MLmodel` with the flavour python_function @throws Problem `artifact-corrupt` */
export function mlflowFlavour(text: string): NativeFlavour | ForeignFlavour {
  const { flavors, signature, mlflow_version: mlflow } = described(text)
  const { loader_module: loader, predict_fn: named, python_version: python } = flavors.python_function
  const shared = { signature, ...(python != null && version.test(python) && { pythonVersion: python }) }
  const answers = named != null && method.test(named) ? named : 'predict'
  if (loader === 'mlflow.sklearn' && flavors.sklearn != null) {
    const { pickled_model: file, sklearn_version: by } = flavors.sklearn
    return { ...shared, flavour: 'sklearn', file, method: answers, ...versionOf(by) }
  }
  if (loader === 'mlflow.xgboost' && flavors.xgboost != null) {
    const { data: file, model_class: type, xgb_version: by } = flavors.xgboost
    return { ...shared, flavour: 'xgboost', file, method: 'predict', ...classOf(type), ...versionOf(by) }
  }
  if (loader === 'mlflow.lightgbm' && flavors.lightgbm != null) {
    const { data: file, model_class: type, lgb_version: by } = flavors.lightgbm
    return { ...shared, flavour: 'lightgbm', file, method: 'predict', ...classOf(type), ...versionOf(by) }
  }
  if (loader === 'mlflow.pytorch' && flavors.pytorch != null) {
    const { model_data: folder, pytorch_version: by } = flavors.pytorch
    const file = `${folder}/${torchFile}`
    return { ...shared, flavour: 'pytorch', file, method: 'predict', ...versionOf(by?.split('+')[0]) }
  }
  const { model_code_path: program, python_model: pickle } = flavors.python_function
  return {
    ...{ ...shared, loader },
    ...(mlflow != null && version.test(mlflow) && { mlflowVersion: mlflow }),
    // MLflow itself looks for the program first, by its last name: the path is one of the machine that saved it.
    ...(program != null
      ? { program: program.split(/[\\/]/).at(-1) ?? program }
      : pickle != null && { pickle }),
  }
}

function described(text: string): z.output<typeof description> {
  try {
    return description.parse(parse(text))
  } catch {
    throw new Problem(
      'artifact-corrupt',
      'MLmodel does not say how its model is loaded; save it with MLflow anew',
    )
  }
}

function classOf(type: string | null | undefined): { readonly modelClass?: string } {
  const name = type?.split('.').at(-1)
  return name === undefined ? {} : { modelClass: name }
}

function versionOf(by: string | null | undefined): { readonly version?: string } {
  return by != null && version.test(by) ? { version: by } : {}
}
