import type { ElementType, Field, Signature } from '../signature.ts'
import { arrayOf, numberOf } from './numpy-value.ts'
import type { PickledValue } from './pickle-stream.ts'
import { attributeOf, isKind, type PythonArray, type PythonValue } from './python-value.ts'
import { regressors, textVectorizers, typedColumns } from './sklearn-estimators.ts'
import {
  chainOf,
  firstAttribute,
  hasProbabilities,
  isMultilabel,
  nameOf,
  outputCount,
} from './sklearn-model.ts'

/** What a file with a scikit-learn model says of it. */
export interface SklearnFacts {
  /** The class of the outermost estimator, `Pipeline`; undefined where it is none of scikit-learn's. */
  readonly estimator?: string
  /** The version of scikit-learn that wrote it. */
  readonly scikitLearnVersion?: string
  /** Whether data frames are needed to call it. */
  readonly usesDataFrames: boolean
  /** What it takes and answers, or why that cannot be told, as the end of a sentence. */
  readonly signature: Signature | { readonly unknown: string }
  /** What it answers, also where it does not tell what it takes. */
  readonly outputs?: readonly Field[]
}

/** Read off the attributes of a fitted model what it takes and what it answers. */
export function sklearnFacts({ value, globals }: PickledValue): SklearnFacts {
  const estimator = nameOf(value)
  const first = chainOf(value, 'first')
  const version = firstAttribute([...first, ...chainOf(value, 'last')], '_sklearn_version')
  const columns = globals.find(
    ({ module, name }) => name === 'ColumnTransformer' && module.startsWith('sklearn.'),
  )
  const typed = columns?.name ?? first.map(nameOf).find((name) => typedColumns.has(name))
  const outputs = outputsOf(chainOf(value, 'last'))
  return {
    ...(estimator !== '' && { estimator }),
    ...(typeof version === 'string' && /^\d[\w.]{0,30}$/.test(version) && { scikitLearnVersion: version }),
    usesDataFrames: columns !== undefined && featureNames(first) !== undefined,
    signature: signatureOf(inputsOf(first, typed), outputs),
    ...('fields' in outputs && { outputs: outputs.fields }),
  }
}

function signatureOf(inputs: Fields, outputs: Fields): SklearnFacts['signature'] {
  if ('unknown' in outputs) return outputs
  return 'unknown' in inputs ? inputs : { inputs: inputs.fields, outputs: outputs.fields }
}

type Fields = { readonly fields: readonly Field[] } | { readonly unknown: string }

function inputsOf(chain: readonly PythonValue[], typed: string | undefined): Fields {
  if (typed !== undefined)
    return { unknown: `the types of the columns that its ${typed} takes do not stand in it` }
  if (readsText(chain[chain.length - 1])) return { fields: [{ name: 'text', type: 'string', shape: [] }] }
  const names = featureNames(chain)
  if (names !== undefined) return { fields: names.map((name) => ({ name, type: 'float64', shape: [] })) }
  const count = numberOf(firstAttribute(chain, 'n_features_in_'))
  if (count === undefined || !Number.isSafeInteger(count) || count < 1)
    return {
      unknown: `its ${nameOf(chain[chain.length - 1]) || 'object'} does not tell how many features it takes`,
    }
  return { fields: [{ name: 'input', type: 'float64', shape: [count] }] }
}

/** Whether a step takes texts themselves, not files of them. */
function readsText(step: PythonValue | undefined): boolean {
  return textVectorizers.has(nameOf(step)) && attributeOf(step, 'input') === 'content'
}

function featureNames(chain: readonly PythonValue[]): readonly string[] | undefined {
  const { items } = arrayOf(firstAttribute(chain, 'feature_names_in_')) ?? {}
  const named = items?.every((name) => typeof name === 'string' && name.length > 0)
  return named && items !== undefined && items.length > 0 ? (items as readonly string[]) : undefined
}

function outputsOf(chain: readonly PythonValue[]): Fields {
  const model = chain[chain.length - 1]
  const name = nameOf(model)
  if (regressors.has(name)) {
    const count = outputCount(model)
    return { fields: [{ name: 'prediction', type: 'float64', shape: count > 1 ? [count] : [] }] }
  }
  const probabilities = hasProbabilities(model)
  if (probabilities === undefined)
    return {
      unknown: `what ${name === '' ? 'its class, which is not of scikit-learn,' : name} answers is not known here`,
    }
  const classes = classesOf(chain)
  const type = classes === undefined ? undefined : labelType(classes)
  if (classes === undefined || type === undefined || isMultilabel(model))
    return { unknown: `its ${name} answers several labels, or labels of a kind that is not known here` }
  return {
    fields: [
      { name: 'label', type, shape: [] },
      ...(probabilities
        ? [{ name: 'probabilities', type: 'float64', shape: [classes.shape[0] ?? 0] } as const]
        : []),
    ],
  }
}

function classesOf(chain: readonly PythonValue[]): PythonArray | undefined {
  const found =
    firstAttribute(chain, 'classes_') ??
    firstAttribute([firstAttribute(chain, 'label_binarizer_') ?? null], 'classes_')
  const classes = arrayOf(found)
  return classes?.shape.length === 1 && (classes.shape[0] ?? 0) > 0 ? classes : undefined
}

const labelTypes: Readonly<Record<string, ElementType>> = {
  b: 'boolean',
  f: 'float64',
  i: 'int64',
  u: 'int64',
  U: 'string',
}

function labelType({ dtype, items }: PythonArray): ElementType | undefined {
  if (dtype[0] !== 'O') return labelTypes[dtype[0] ?? '']
  if (items?.every((item) => typeof item === 'string')) return 'string'
  if (items?.every((item) => typeof item === 'boolean')) return 'boolean'
  return items?.every((item) => isWhole(item)) ? 'int64' : undefined
}

function isWhole(item: PythonValue): boolean {
  const number = isKind(item, 'object') ? numberOf(item) : item
  return typeof number === 'number' && Number.isSafeInteger(number)
}
