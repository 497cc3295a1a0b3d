import { pythonWithModels, pythonWithPins } from '../../model-templates/python-server.ts'
import type { RuntimeCase } from '../runtime-case.ts'
import { madeBy } from './made-by.ts'

interface Kept {
  readonly path: string
  readonly framework: string
  readonly rows: readonly (readonly number[])[]
  readonly expected: readonly unknown[]
}

/** A script of SageMaker with its model, and a pin of vetiver: neither knows of Sluice. */
export const keptCases: readonly RuntimeCase[] = [
  {
    name: 'SageMaker with handlers',
    runtime: 'python',
    layout: 'sagemaker',
    make: async (folder) => {
      const made = await madeBy<Kept>(await pythonWithModels(), 'kept_models.py', 'sagemaker', folder)
      const { path, framework, rows, expected } = made
      const [first = [], second = []] = rows
      return {
        ...{ path, framework, expected },
        request: { instances: rows },
        signature: {
          inputs: [{ name: 'input', type: 'float64', shape: [30] }],
          outputs: [{ name: 'probabilities', type: 'float64', shape: [2] }],
        },
        badRow: { request: { instances: [first, ['x', ...second.slice(1)]] }, pointer: '/instances/1/0' },
        crash: {
          request: { instances: [[-1, ...first.slice(1)]] },
          told: /code\/inference\.py line 15: KeyError: 'no such row'/,
        },
      }
    },
  },
  {
    name: 'vetiver of Python',
    runtime: 'python',
    layout: 'pin',
    make: async (folder) => {
      const made = await madeBy<Kept>(await pythonWithPins(), 'kept_models.py', 'pin', folder)
      const { path, framework, rows, expected } = made
      const names = ['cyl', 'disp', 'hp']
      const records = rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])))
      const [first = {}] = records
      return {
        ...{ path, framework, expected },
        request: records,
        signature: {
          inputs: names.map((name) => ({ name, type: 'float64', shape: [] })),
          outputs: [{ name: 'prediction', type: 'float64', shape: [] }],
        },
        badRow: { request: [first, { ...first, disp: 'large' }], pointer: '/1/disp' },
      }
    },
  },
]
