import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mlflowFlavour } from '../../../lib/rules/mlflow/mlflow-flavour.ts'
import { leanRequirements } from '../../../lib/rules/mlflow/mlflow-requirements.ts'
import { answerName, ownSignature } from '../../../lib/rules/mlflow/own-signature.ts'
import { isProblem } from '../../../lib/rules/problem.ts'
import { answerOrRefusal, refusal } from '../refusal.ts'

const described = (loader: string, flavour: string, settings: string) => `flavors:
  python_function:
    loader_module: ${loader}
    predict_fn: predict_proba
    python_version: 3.11.7
  ${flavour}:
${settings.replaceAll(/^/gm, '    ')}
signature:
  inputs: '[]'
`

describe('an MLmodel tells how its model is loaded', () => {
  test('by scikit-learn', () => {
    const text = described(
      'mlflow.sklearn',
      'sklearn',
      'pickled_model: model.skops\nsklearn_version: 1.9.1\ncode: null',
    )
    expect(mlflowFlavour(text)).toEqual({
      flavour: 'sklearn',
      file: 'model.skops',
      method: 'predict_proba',
      version: '1.9.1',
      pythonVersion: '3.11.7',
      signature: { inputs: '[]' },
    })
  })

  test('by boosted trees, whose method is predict', () => {
    const trees = 'data: model.ubj\nmodel_class: xgboost.sklearn.XGBClassifier\nxgb_version: 3.2.0'
    expect(mlflowFlavour(described('mlflow.xgboost', 'xgboost', trees))).toMatchObject({
      flavour: 'xgboost',
      file: 'model.ubj',
      method: 'predict',
      modelClass: 'XGBClassifier',
    })
    const text = 'data: model.lgb\nmodel_class: lightgbm.basic.Booster\nlgb_version: 4.7.0'
    expect(mlflowFlavour(described('mlflow.lightgbm', 'lightgbm', text))).toMatchObject({
      flavour: 'lightgbm',
      modelClass: 'Booster',
      version: '4.7.0',
    })
  })

  test('by code, which only MLflow loads', () => {
    const found = mlflowFlavour(described('mlflow.pyfunc.model', 'other', 'a: 1'))
    expect(found).toEqual({
      loader: 'mlflow.pyfunc.model',
      pythonVersion: '3.11.7',
      signature: { inputs: '[]' },
    })
    // A flavour of scikit-learn beside it does not change who loads the model.
    const both = described('my.loader', 'sklearn', 'pickled_model: model.pkl')
    expect(mlflowFlavour(both)).toMatchObject({ loader: 'my.loader' })
  })

  test('or is refused, whatever it holds', () => {
    for (const text of ['', '[', 'flavors: {}', 'flavors: {python_function: {}}', 'a: &a [*a]'])
      expect(refusal(() => mlflowFlavour(text)).code).toBe('artifact-corrupt')
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const said = answerOrRefusal(() =>
          mlflowFlavour(`flavors:\n  python_function:\n    loader_module: ${text}`),
        )
        expect(isProblem(said) ? said.code : 'told').toMatch(/^(artifact-corrupt|told)$/)
      }),
    )
  })
})

const native = { file: 'model.skops', method: 'predict', version: '1.9.1', signature: undefined } as const
const written =
  'mlflow==3.17.2\ncloudpickle==3.1.3\nnumpy==2.4.6\npandas==3.1.1\nscikit-learn==1.9.1\nskops==0.16.0\n'

describe('of the requirements that MLflow has written', () => {
  test('those of MLflow are left out, and pandas where no data frame is taken', () => {
    expect(leanRequirements(written, { ...native, flavour: 'sklearn' }, false)).toEqual({
      text: 'numpy==2.4.6\nscikit-learn==1.9.1\nskops==0.16.0\n',
      without: ['mlflow', 'cloudpickle', 'pandas'],
    })
    expect(leanRequirements(written, { ...native, flavour: 'sklearn' }, true).text).toContain('pandas==3.1.1')
  })

  test('trees need none of scikit-learn, and no GPU', () => {
    const flavour = { ...native, flavour: 'xgboost', file: 'model.ubj', version: '3.2.0' } as const
    const text =
      'numpy==2.4.6\nxgboost-cpu==3.2.0; sys_platform == "linux"\nxgboost==3.2.0; sys_platform != "linux"\n'
    expect(
      leanRequirements('mlflow\nnumpy==2.4.6\nscikit-learn\nxgboost==3.2.0\n', flavour, false).text,
    ).toBe(text)
    expect(leanRequirements('xgboost>=2\n', flavour, false).text).toBe('xgboost>=2\n')
  })

  test('what is missing is asked for by the version that MLmodel names', () => {
    const text = leanRequirements('', { ...native, flavour: 'lightgbm', version: '4.7.0' }, false).text
    expect(text).toBe('lightgbm==4.7.0\nskops\n')
    expect(leanRequirements('', { ...native, flavour: 'sklearn' }, false).text).toBe(
      'scikit-learn==1.9.1\nskops\n',
    )
  })

  test('a version of one machine stands without what is only there', () => {
    const lines =
      'numpy==1.26.4+cpu\nscipy==1.17.1+local.1; python_version < "3.14"\nscikit-learn==1.9.1\nskops\n'
    expect(leanRequirements(lines, { ...native, flavour: 'sklearn' }, false).text).toBe(
      'numpy==1.26.4\nscipy==1.17.1; python_version < "3.14"\nscikit-learn==1.9.1\nskops\n',
    )
  })
})

describe('of what an estimator answers, MLflow asks for one', () => {
  const inputs = [{ name: 'a', type: 'float64', shape: [] }] as const
  const label = { name: 'label', type: 'int64', shape: [] } as const
  const probabilities = { name: 'probabilities', type: 'float64', shape: [3] } as const
  const known = { inputs, outputs: [label, probabilities] }
  const sklearn = { ...native, flavour: 'sklearn' } as const

  test('by the method that it names', () => {
    expect(ownSignature(sklearn, known)?.outputs).toEqual([label])
    expect(ownSignature({ ...sklearn, method: 'predict_proba' }, known)?.outputs).toEqual([probabilities])
    expect(ownSignature({ ...sklearn, method: 'predict_log_proba' }, known)).toBeUndefined()
    expect(ownSignature(sklearn, { unknown: 'why' })).toBeUndefined()
  })

  test('and a classifier of trees for the class', () => {
    const trees = { ...native, flavour: 'xgboost', modelClass: 'XGBClassifier' } as const
    const [three, two] = [3, 2].map((count) => ({
      inputs,
      outputs: [{ ...probabilities, shape: [count] }],
    }))
    if (three === undefined || two === undefined) throw new Error('two')
    expect(ownSignature(trees, three, 'multi:softprob')?.outputs).toEqual([label])
    // Two targets, each of them yes or no.
    expect(ownSignature(trees, two, 'binary:logistic')?.outputs).toEqual([{ ...label, shape: [2] }])
    expect(ownSignature({ ...trees, modelClass: 'Booster' }, two, 'multi:softprob')?.outputs).toEqual(
      two.outputs,
    )
  })

  test('under a name of ours, where it has none', () => {
    expect(answerName(sklearn)).toBe('prediction')
    expect(answerName({ ...sklearn, method: 'predict_proba' })).toBe('probabilities')
    expect(answerName({ ...native, flavour: 'lightgbm', modelClass: 'LGBMClassifier' })).toBe('label')
  })
})
