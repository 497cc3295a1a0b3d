import type { LayoutName } from '../../../lib/rules/detection/layout.ts'
import { pythonWithModels } from '../../model-templates/python-server.ts'
import type { RuntimeCase } from '../runtime-case.ts'
import { madeBy } from './made-by.ts'

interface Forest {
  readonly path: string
  readonly framework: string
  readonly rows: readonly (readonly number[])[]
  readonly expected: readonly unknown[]
}

const forms: readonly (readonly [form: string, layout: LayoutName, name: string])[] = [
  ['joblib', 'pickle', 'scikit-learn as joblib'],
  ['pickle', 'pickle', 'scikit-learn as pickle'],
  ['skops', 'skops', 'scikit-learn as skops'],
  ['program', 'program', 'predict.py'],
]

export const scikitLearnCases: readonly RuntimeCase[] = forms.map(([form, layout, name]) => ({
  name,
  runtime: 'python',
  layout,
  make: async (folder) => {
    const forest = await madeBy<Forest>(await pythonWithModels(), 'scikit_learn.py', form, folder)
    const { path, framework, rows, expected } = forest
    const [first = [], second = []] = rows
    return {
      path,
      framework,
      request: { instances: rows },
      expected,
      signature: {
        inputs: [
          form === 'program'
            ? { name: 'features', type: 'float32', shape: [30] }
            : { name: 'input', type: 'float64', shape: [30] },
        ],
        outputs: [
          { name: 'label', type: 'int64', shape: [] },
          { name: 'probabilities', type: 'float64', shape: [2] },
        ],
      },
      badRow: { request: { instances: [first, ['x', ...second.slice(1)]] }, pointer: '/instances/1/0' },
      ...(form === 'program' && {
        crash: {
          request: { instances: [[-1, ...first.slice(1)]] },
          told: /predict\.py line 12: KeyError: 'no such row'/,
        },
      }),
    }
  },
}))
