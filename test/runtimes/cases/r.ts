import type { LayoutName } from '../../../lib/rules/detection/layout.ts'
import type { Field } from '../../../lib/rules/signature.ts'
import { noR } from '../../harness/r.ts'
import { type RuntimeCase, Unavailable } from '../runtime-case.ts'
import { madeBy } from './made-by.ts'

interface ModelOfCars {
  readonly framework: readonly [string]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly expected: readonly unknown[]
}

const number = (name: string): Field => ({ name, type: 'float64', shape: [] })
const gear: Field = { name: 'gear', type: 'string', shape: [], values: ['3', '4', '5'] }
const few = [number('wt'), number('hp')]
const all: readonly Field[] = [
  ...few,
  gear,
  { name: 'vs', type: 'boolean', shape: [] },
  { name: 'cyl', type: 'int32', shape: [] },
  { name: 'maker', type: 'string', shape: [] },
]
const answer = number('.pred')

/** Of the forms that pins do not have, what they are recognised as, and where they say that their code failed. */
const programs: Readonly<Record<string, readonly [layout: LayoutName, told: RegExp]>> = {
  program: ['program', /predict\.R line 5: Error: no such car/],
  crate: ['mlflow', /Error: no such car/],
}

const forms: readonly (readonly [form: string, name: string, inputs: readonly Field[], output: Field])[] = [
  ['program', 'predict.R', [...few, gear], number('manual')],
  ['crate', 'MLflow for R, a crate', few, number('manual')],
  ['lm', 'vetiver pin of an lm', all, answer],
  ['glm', 'vetiver pin of a glm', few, answer],
  ['gam', 'vetiver pin of a gam (mgcv)', few, answer],
  ['forest', 'vetiver pin of a ranger', all, answer],
  ['probabilities', 'vetiver pin of a ranger for probabilities', few, { ...answer, shape: [3] }],
]

export const rCases: readonly RuntimeCase[] = forms.map(([form, name, inputs, output]) => ({
  name,
  runtime: 'r',
  layout: programs[form]?.[0] ?? 'pin',
  make: async (folder) => {
    if (noR !== undefined) throw new Unavailable('Rscript with httpuv, jsonlite, ranger and mgcv')
    const { framework, rows, expected } = await madeBy<ModelOfCars>('Rscript', 'r_models.R', form, folder)
    const [first = {}, second = {}] = rows
    const told = programs[form]?.[1]
    return {
      path: folder,
      framework: framework[0],
      request: { instances: rows },
      expected,
      signature: { inputs, outputs: [output] },
      badRow: { request: { instances: [first, { ...second, wt: 'heavy' }] }, pointer: '/instances/1/wt' },
      ...(told !== undefined && { crash: { request: { instances: [{ ...first, wt: -1 }] }, told } }),
    }
  },
}))
