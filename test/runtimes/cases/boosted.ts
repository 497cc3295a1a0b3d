import type { LayoutName } from '../../../lib/rules/detection/layout.ts'
import type { ElementType, Field } from '../../../lib/rules/signature.ts'
import { pythonWithMakers } from '../../model-templates/python-server.ts'
import type { RuntimeCase } from '../runtime-case.ts'
import { madeBy } from './made-by.ts'

interface Trees {
  readonly path: string
  readonly framework: string
  readonly rows: readonly Readonly<Record<string, number>>[]
  readonly expected: readonly unknown[]
}

const label: Field = { name: 'label', type: 'int64', shape: [] }
const prediction: Field = { name: 'prediction', type: 'float64', shape: [] }
const probabilities = (type: ElementType): Field => ({ name: 'probabilities', type, shape: [3] })

const forms: readonly (readonly [
  form: string,
  layout: LayoutName,
  name: string,
  inputs: ElementType,
  output: Field,
])[] = [
  ['ubj', 'xgboost', 'XGBoost as UBJSON', 'float32', probabilities('float32')],
  ['json', 'xgboost', 'XGBoost as JSON', 'float32', probabilities('float32')],
  ['txt', 'lightgbm', 'LightGBM as text', 'float64', probabilities('float64')],
  ['mlflow-sklearn', 'mlflow', 'MLflow, of scikit-learn', 'float64', label],
  ['mlflow-xgboost', 'mlflow', 'MLflow, of XGBoost', 'float64', label],
  ['mlflow-lightgbm', 'mlflow', 'MLflow, of LightGBM', 'float64', label],
  ['mlflow-code', 'mlflow', 'MLflow, code of its own', 'float64', prediction],
]

export const boostedCases: readonly RuntimeCase[] = forms.map(([form, layout, name, type, output]) => ({
  name,
  runtime: 'python',
  layout,
  make: async (folder) => {
    const trees = await madeBy<Trees>(await pythonWithMakers(), 'boosted.py', form, folder)
    const { path, framework, rows, expected } = trees
    const [first = {}, second = {}] = rows
    return {
      path,
      framework,
      request: { instances: rows },
      expected,
      signature: {
        inputs: Object.keys(first).map((input) => ({ name: input, type, shape: [] })),
        outputs: [output],
      },
      badRow: {
        request: { instances: [first, { ...second, petal_length: 'long' }] },
        pointer: '/instances/1/petal_length',
      },
      ...(form === 'mlflow-code' && {
        crash: {
          request: { instances: [{ ...first, petal_length: -1 }] },
          told: /spread\.py line 7: ValueError: no such flower/,
        },
      }),
    }
  },
}))
