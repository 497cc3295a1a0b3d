import { Problem } from '../problem.ts'
import { computedName } from './pickle-opcodes.ts'
import type { PythonGlobal } from './python-value.ts'

/** How many of the names that are not allowed a problem lists. */
const mostListed = 10

/** Single names, for modules in which most would do harm. */
const trustedNames: Readonly<Record<string, readonly string[]>> = {
  builtins: [
    ...['Ellipsis', 'NotImplemented', 'bool', 'bytearray', 'bytes', 'complex', 'dict', 'float', 'frozenset'],
    ...['int', 'list', 'object', 'range', 'set', 'slice', 'str', 'tuple'],
  ],
  collections: ['OrderedDict', 'defaultdict'],
  // A boosting of categories keeps one of check_array; the server's loader takes no other.
  functools: ['partial'],
  'sklearn.utils.validation': ['check_array'],
  copyreg: ['_reconstructor', '__newobj__', '__newobj_ex__'],
  _codecs: ['encode'],
  'joblib.numpy_pickle': ['NumpyArrayWrapper'],
  'numpy.random._pickle': ['__bit_generator_ctor', '__generator_ctor', '__randomstate_ctor'],
  'numpy.random.bit_generator': ['SeedSequence', '__pyx_unpickle_SeedSequence'],
  'numpy.random.mtrand': ['RandomState'],
  'scipy._lib.array_api_compat.numpy._aliases': ['asarray'],
  'scipy.interpolate._bsplines': ['BSpline'],
  'scipy.interpolate._interpolate': ['interp1d'],
  'scipy.interpolate.interpolate': ['interp1d'],
}

/** What Python 2, and Python 3 for its sake in the protocols 0 to 2, calls the same modules. */
const oldNames: Readonly<Record<string, string>> = { __builtin__: 'builtins', copy_reg: 'copyreg' }

const numpyTypes =
  /^(?:ndarray|dtype|bool_?|str_|bytes_|(?:u?int|float|complex)(?:8|16|32|64|128|256)|u?int[cp]|u?longlong|longdouble|clongdouble|datetime64|timedelta64)$/
/** NumPy's functions of single elements (its ufuncs), as FunctionTransformer holds them. */
const numpyFunctions =
  /^(?:a?(?:rc)?(?:sin|cos|tan)h?|abs|absolute|add|arctan2|atan2|cbrt|ceil|clip|conj|conjugate|copysign|deg2rad|degrees|divide|divmod|equal|exp|exp2|expm1|fabs|float_power|floor|floor_divide|fmax|fmin|fmod|gcd|greater|greater_equal|heaviside|hypot|invert|isfinite|isinf|isnan|lcm|less|less_equal|log|log10|log1p|log2|logaddexp|logaddexp2|logical_(?:and|not|or|xor)|maximum|minimum|mod|multiply|negative|not_equal|positive|pow|power|rad2deg|radians|reciprocal|remainder|rint|sign|sqrt|square|subtract|true_divide|trunc)$/

/** A name that a class has, by custom. */
const className = /^_{0,2}[A-Z]\w{0,99}$/
const anyName = /^\w{1,100}$/

/** Whole families of names: without a dot, so that no name leads from one module into another. */
const trustedFamilies: readonly (readonly [module: RegExp, name: RegExp])[] = [
  [/^numpy$/, numpyTypes],
  [/^numpy(?:\._?core\._multiarray_umath)?$/, numpyFunctions],
  [/^numpy\._?core\.(?:multiarray|numeric)$/, /^(?:_reconstruct|scalar|_frombuffer)$/],
  [/^numpy\.ma(?:\._?core)?$/, /^(?:MaskedArray|_mareconstruct)$/],
  [/^numpy\.random\._\w{1,20}$/, /^(?:Generator|MT19937|PCG64|PCG64DXSM|Philox|SFC64)$/],
  [
    /^scipy\.sparse\._?(?:bsr|coo|csc|csr|dia|dok|lil)$/,
    /^(?:bsr|coo|csc|csr|dia|dok|lil)_(?:matrix|array)$/,
  ],
  [/^scipy\.special\._ufuncs$/, /^[a-z]\w{0,40}$/],
  [/^sklearn\.utils\.(?!_testing)[\w.]{1,60}$/, className],
  [
    /^sklearn\.(?!(?:[\w.]{1,100}\.)?(?:datasets|externals|conftest|_build_utils|_testing|tests)(?:\.|$))(?!utils(?:\.|$))[\w.]{1,100}$/,
    anyName,
  ],
]

/** Whether a class or function is one that scikit-learn's own models name, and that does no harm when it is called. */
export function isTrusted({ module, name }: PythonGlobal): boolean {
  const known = Object.hasOwn(oldNames, module) ? (oldNames[module] ?? module) : module
  if (Object.hasOwn(trustedNames, known)) return trustedNames[known]?.includes(name) ?? false
  return trustedFamilies.some(([modules, names]) => modules.test(known) && names.test(name))
}

/** The names that are not on the list, each once. */
export function unlistedGlobals(globals: readonly PythonGlobal[]): readonly string[] {
  return [...new Set(globals.filter((one) => !isTrusted(one)).map(nameOf))]
}

/**
 * Refuse a file that would make Python call something else than scikit-learn and what it stands on. It is an early
 * word: the server's own loader is the guard.
 * @throws Problem `artifact-unsafe` with up to ten of the names
 */
export function refuseUntrusted(entry: string, globals: readonly PythonGlobal[]): void {
  const refused = globals.filter((one) => !isTrusted(one))
  if (refused.length === 0) return
  const listed = refused.slice(0, mostListed).map(nameOf)
  const more = refused.length > listed.length ? ` and ${refused.length - listed.length} more` : ''
  throw new Problem(
    'artifact-unsafe',
    `${entry} would make Python look up ${listed.join(', ')}${more} when it is loaded; allowed are scikit-learn, NumPy ` +
      'and SciPy. Save the model as .skops or .onnx, load the file yourself in a predict.py, or set `unsafePickle: true` in model.yaml where the platform allows it',
    listed.map((found) => ({
      pointer: '',
      found,
      allowed: 'classes and functions of scikit-learn, NumPy, SciPy and joblib, and plain values of Python',
    })),
  )
}

function nameOf({ module, name }: PythonGlobal): string {
  const text = module === computedName.module ? name : `${module}.${name}`
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 120)
}
