import { isProblem } from '../problem.ts'
import type { Field } from '../signature.ts'
import { type BoosterFacts, toldCategories } from './booster.ts'
import { pickFromJson } from './json-picker.ts'
import { pickFromUbjson } from './ubjson-picker.ts'
import { brokenModel, memberAt, type Picked, type Wanted } from './wanted.ts'
import { xgboostOutput } from './xgboost-objective.ts'

const trees: Wanted = { model: { cats: 'all' } }

/** What of a model of XGBoost says what it takes and answers; the trees are passed over. */
const wanted: Wanted = {
  learner: {
    feature_names: 'all',
    feature_types: 'all',
    // Those of `dart` lie one level further down.
    gradient_booster: { ...trees, gbtree: trees },
    learner_model_param: 'all',
    objective: { name: 'all' },
  },
  version: 'all',
}

/** In what form XGBoost has written a file, whatever its name ends with. */
export type XgboostForm = 'json' | 'ubjson' | 'binary'

/** @param bytes the beginning of the file, at least two bytes */
export function xgboostForm(bytes: Uint8Array): XgboostForm {
  const [first, second] = new TextDecoder('latin1').decode(bytes.subarray(0, 64)).trimStart()
  if (first !== '{') return 'binary'
  return second !== undefined && 'iUIlL#$'.includes(second) ? 'ubjson' : 'json'
}

/** @throws Problem `artifact-corrupt` where it is no model of XGBoost that a current one reads, or not whole */
export function readXgboostModel(entry: string, bytes: Uint8Array): BoosterFacts {
  const form = xgboostForm(bytes)
  if (form === 'binary')
    throw brokenModel(
      `${entry} is neither JSON nor UBJSON. XGBoost has given up its old binary format in 3.1; where it is one, load it ` +
        "with the version that saved it, and save it anew: booster.save_model('model.ubj')",
    )
  const model = picked(entry, () =>
    form === 'json' ? pickFromJson(bytes, wanted) : pickFromUbjson(bytes, wanted),
  )
  const objective = memberAt(model, 'learner', 'objective', 'name')
  if (typeof objective !== 'string')
    throw brokenModel(`${entry} is no model of XGBoost: it names no objective`)
  const version = versionOf(model)
  const known = { library: 'XGBoost', objective, ...(version !== undefined && { version }) } as const
  const features = featuresOf(model)
  if (typeof features === 'string') return { ...known, categorical: [], signature: { unknown: features } }
  const [classes, targets] = [countOf(model, 'num_class') ?? 0, countOf(model, 'num_target') ?? 1]
  const output = xgboostOutput(objective, Math.max(classes, 1), targets)
  const { inputs, categorical } = inputsOf(features)
  return { ...known, categorical, signature: { inputs, outputs: [output] } }
}

function picked(entry: string, pick: () => Picked): Picked {
  try {
    return pick()
  } catch (error) {
    if (!isProblem(error)) throw error
    throw brokenModel(`${entry} cannot be read as a model of XGBoost: ${error.message}`)
  }
}

interface Feature {
  readonly name: string
  /** As XGBoost writes it: float, int, i (yes or no), q, c (a category). */
  readonly type: string
  /** The names of its categories in the order of their numbers, where the model keeps them. */
  readonly categories?: readonly (string | number)[] | undefined
}

/** @returns why it cannot be told, or how many there are where they have no names */
function featuresOf(
  model: Picked,
): string | { count: number; types: readonly unknown[] } | readonly Feature[] {
  const count = countOf(model, 'num_feature')
  if (count === undefined || count < 1) return 'it does not tell how many features it takes'
  const [names, types] = ['feature_names', 'feature_types'].map((name) => listAt(model, 'learner', name))
  if (names === undefined || names.length === 0) return { count, types: types ?? [] }
  if (names.length !== count || !names.every((name) => typeof name === 'string' && name !== ''))
    return `it takes ${count} features and names ${names.length}`
  if (new Set(names).size < count) return 'it names two features alike'
  return names.map((name, i) => ({
    name: String(name),
    type: String(types?.[i] ?? 'float'),
    categories: categoriesOf(model, i),
  }))
}

function inputsOf(
  features: readonly Feature[] | { count: number; types: readonly unknown[] },
): Pick<BoosterFacts, 'categorical'> & { inputs: Field[] } {
  if ('count' in features) {
    const { count, types } = features
    const categorical = types.flatMap((type, i) => (type === 'c' ? [{ name: `column ${i}` }] : []))
    return { inputs: [{ name: 'input', type: 'float32', shape: [count] }], categorical }
  }
  const categorical = features
    .filter(({ type }) => type === 'c')
    .map(({ name, categories }) => ({ name, ...(categories !== undefined && { count: categories.length }) }))
  return { inputs: features.map(inputOf), categorical }
}

function inputOf({ name, type, categories }: Feature): Field {
  const bare = { name, shape: [] }
  if (type === 'c' && categories !== undefined && categories.every((one) => typeof one === 'string'))
    return { ...bare, type: 'string', ...toldCategories(categories) }
  if (type === 'c' || type === 'int') return { ...bare, type: 'int64' }
  return { ...bare, type: type === 'i' ? 'boolean' : 'float32' }
}

/** Since 3.1 a model keeps the names of categories: as bytes one behind the other, or as whole numbers. */
function categoriesOf(model: Picked, feature: number): readonly (string | number)[] | undefined {
  const booster = memberAt(model, 'learner', 'gradient_booster')
  const kept =
    memberAt(booster, 'model', 'cats', 'enc') ?? memberAt(booster, 'gbtree', 'model', 'cats', 'enc')
  const one = Array.isArray(kept) ? kept[feature] : undefined
  const [offsets, values] = [listAt(one, 'offsets'), listAt(one, 'values')]
  if (values === undefined || values.length === 0 || !values.every(isWhole)) return undefined
  if (offsets === undefined) return values
  const bytes = Uint8Array.from(values)
  const named = offsets.every(
    (at, i) => isWhole(at) && at >= Number(offsets[i - 1] ?? 0) && at <= bytes.length,
  )
  if (!named) return undefined
  return distinctTexts(offsets.slice(1).map((end, i) => bytes.subarray(Number(offsets[i]), Number(end))))
}

/** XGBoost 3.2 cuts names that are no ASCII in the middle of a letter: then only their numbers are known. */
function distinctTexts(names: readonly Uint8Array[]): readonly string[] | undefined {
  const text = new TextDecoder('utf-8', { fatal: true })
  try {
    const read = names.map((name) => text.decode(name))
    return new Set(read).size === read.length ? read : undefined
  } catch {
    return undefined
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] | undefined {
  const found = memberAt(value, ...path)
  return Array.isArray(found) ? found : undefined
}

/** Its parameters are written as texts. */
function countOf(model: Picked, name: string): number | undefined {
  const found = memberAt(model, 'learner', 'learner_model_param', name)
  return typeof found === 'string' && /^\d{1,9}$/.test(found) ? Number(found) : undefined
}

function versionOf(model: Picked): string | undefined {
  const parts = listAt(model, 'version')
  const told = parts?.length === 3 && parts.every((part) => isWhole(part) && part >= 0 && part < 10_000)
  return told ? parts?.join('.') : undefined
}
