import { describe, expect, test } from '@jest/globals'
import { readPickle } from '../../../lib/rules/python/pickle-stream.ts'
import { isTrusted, refuseUntrusted } from '../../../lib/rules/python/trusted-globals.ts'
import { refusal } from '../refusal.ts'

const globalOf = (full: string) => {
  const at = full.lastIndexOf('.')
  return { kind: 'global', module: full.slice(0, at), name: full.slice(at + 1) } as const
}

test.each([
  'builtins.set',
  '__builtin__.object',
  'copy_reg._reconstructor',
  'collections.OrderedDict',
  'numpy.float64',
  'numpy.uint8',
  'numpy.log1p',
  'numpy.arcsinh',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray.scalar',
  'numpy._core.numeric._frombuffer',
  'numpy.ma.core._mareconstruct',
  'numpy.random._pcg64.PCG64',
  'scipy.sparse._csr.csr_matrix',
  'scipy.sparse.csr.csr_matrix',
  'scipy.special._ufuncs.expit',
  'scipy.interpolate._bsplines.BSpline',
  'sklearn.tree._tree.Tree',
  'sklearn.neighbors._kd_tree.newObj',
  'sklearn._loss._loss.__pyx_unpickle_CyHalfMultinomialLoss',
  'sklearn.utils._bunch.Bunch',
  'functools.partial',
  'sklearn.utils.validation.check_array',
  'joblib.numpy_pickle.NumpyArrayWrapper',
])('%s may be named', (name) => {
  expect(isTrusted(globalOf(name))).toBe(true)
})

test.each([
  'os.system',
  'posix.system',
  'builtins.eval',
  'builtins.getattr',
  '__builtin__.eval',
  'builtins.__import__',
  'subprocess.Popen',
  'functools.reduce',
  'sklearn.utils.validation.joblib',
  'operator.attrgetter',
  'numpy.load',
  'numpy.loadtxt',
  'numpy.frompyfunc',
  'numpy.testing._private.utils.runstring',
  'numpy.f2py.crackfortran.myeval',
  'numpy.ctypeslib.load_library',
  'scipy.sparse.load_npz',
  'scipy.io.loadmat',
  'scipy.stats.norm',
  'sklearn.datasets.load_files',
  'sklearn.datasets._base.load_files',
  'sklearn.externals._packaging.version.parse',
  'sklearn.utils._testing.TempMemmap',
  'sklearn.utils.parallel.delayed',
  'sklearn.ensemble.tests.test_forest.check',
  'joblib.numpy_pickle.load',
  'joblib.load',
  'dill._dill._create_function',
  'xgboost.sklearn.XGBClassifier',
  'xsklearn.Model',
  '__main__.Model',
])('%s may not', (name) => {
  expect(isTrusted(globalOf(name))).toBe(false)
})

test('no name leads through a dot from one module into another', () => {
  const led = { kind: 'global', module: 'sklearn.tree._tree', name: 'np.testing' } as const
  expect(isTrusted(led)).toBe(false)
  expect(isTrusted({ ...led, module: 'builtins', name: 'str.format' })).toBe(false)
  expect(isTrusted({ ...led, module: 'sklearn.tree', name: 'a\n' })).toBe(false)
})

describe('a file that names others', () => {
  const told = (...names: string[]) => refusal(() => refuseUntrusted('model.pkl', names.map(globalOf)))

  test('is refused with the names, what is allowed and what to do', () => {
    const problem = told('numpy.dtype', 'os.system')
    expect(problem.facts).toMatchObject({
      code: 'artifact-unsafe',
      detail: expect.stringMatching(
        /^model\.pkl .*os\.system.*\.skops or \.onnx.*predict\.py, or set `unsafePickle: true`.*allows it$/,
      ),
      errors: [{ pointer: '', found: 'os.system', allowed: expect.stringMatching(/scikit-learn/) }],
    })
  })

  test('is told ten of many', () => {
    const problem = told(...Array.from({ length: 25 }, (_, i) => `evil.f${i}`))
    expect(problem.errors).toHaveLength(10)
    expect(problem.message).toContain('and 15 more')
  })

  test('is told nothing that would not fit a line', () => {
    const name = `evil.${'\n\u001b[31m'}${'x'.repeat(500)}`
    const [finding] = told(name).errors
    expect(finding?.found).toMatch(/^evil\.\?\?\[31mx{1,110}$/)
  })

  test.each([
    ['a name that is computed', 'K\x01K\x02\x93.', 'a name that is computed'],
    ['an extension', '\x82\x07.', 'copyreg.extension 7'],
    ['a call', 'cos\nsystem\n(S"id"\ntR.', 'os.system'],
    ['an instance', '(S"id"\nios\nsystem\n.', 'os.system'],
  ])('by %s is refused', (_, stream, found) => {
    const bytes = Uint8Array.from(stream, (letter) => letter.charCodeAt(0))
    expect(refusal(() => refuseUntrusted('model.pkl', readPickle(bytes).globals)).errors).toMatchObject([
      { found },
    ])
  })
})
