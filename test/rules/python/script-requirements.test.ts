import { describe, expect, test } from '@jest/globals'
import { scriptRequirements } from '../../../lib/rules/python/script-requirements.ts'

const needs = { written: '', sources: [], pickledModules: [] }
const imports = (...lines: string[]) => ({ ...needs, sources: [`${lines.join('\n')}\n`] })

describe('the packages of a script of SageMaker', () => {
  test('are those that its file asks for, and those that SageMaker brings and it imports', () => {
    const script = imports('import os, json, joblib', 'from sklearn.svm import SVC', '    import numpy as np')
    expect(scriptRequirements(script)).toBe('joblib\nnumpy\nscikit-learn\n')
    expect(scriptRequirements({ ...script, written: 'Scikit_Learn<1.9\nshap' })).toBe(
      'Scikit_Learn<1.9\nshap\njoblib\nnumpy\n',
    )
  })

  test('hold what the pickle beside it needs, in the version that saved it', () => {
    const pickled = {
      ...needs,
      pickledModules: ['sklearn.svm._classes', 'builtins', 'numpy', 'xgboost.sklearn'],
    }
    expect(scriptRequirements({ ...pickled, scikitLearnVersion: '1.7.2' })).toBe(
      'scikit-learn==1.7.2\nxgboost\n',
    )
  })

  test('are not guessed from its own modules, from comments or from names of no package', () => {
    const script = imports('import utils', '# import torch', 'from .pandas import x', 'import constructor')
    expect(scriptRequirements(script)).toBe('')
  })
})
