import { Problem } from '../problem.ts'
import type { Field } from '../signature.ts'
import { type BoosterFacts, toldCategories } from './booster.ts'

/** The names of features are some megabytes at most; trees follow them, and what pandas knew stands at the very end. */
const mostHeadCharacters = 32 * 2 ** 20
const mostTailCharacters = 16 * 2 ** 20

/** LightGBM names features so where nobody did. */
const unnamed = /^Column_\d+$/

/** `0:2:7`: the numbers of categories, where a plain feature has `[0.1:2.5]`. */
const categories = /^-?\d+(?::-?\d+)*$/

/** @throws Problem `artifact-corrupt` where it is no model of LightGBM */
export function readLightgbmModel(entry: string, bytes: Uint8Array): BoosterFacts {
  const head = headOf(bytes)
  const lines = new Map(head.split(/\r?\n/).map((line) => splitAt(line, '=')))
  const features = lines.get('feature_names')?.split(' ') ?? []
  const infos = lines.get('feature_infos')?.split(' ') ?? []
  const count = Number(lines.get('max_feature_idx') ?? Number.NaN) + 1
  if (!head.startsWith('tree') || !Number.isSafeInteger(count) || count < 1)
    throw new Problem('artifact-corrupt', `${entry} is no model of LightGBM as save_model writes it`)
  const objective = lines.get('objective')?.split(' ')[0]
  const known = { library: 'LightGBM', ...(objective !== undefined && { objective }) } as const
  const told = categoriesOf(infos, pandasCategories(bytes))
  const output = outputOf(objective, Number(lines.get('num_class') ?? 1))
  if (features.length !== count || new Set(features).size < count)
    return {
      ...known,
      categorical: [],
      signature: { unknown: `it takes ${count} features and names ${new Set(features).size}` },
    }
  if (features.every((name) => unnamed.test(name)))
    return {
      ...known,
      categorical: [...told.keys()].map((i) => ({ name: `column ${i}` })),
      signature: { inputs: [{ name: 'input', type: 'float64', shape: [count] }], outputs: [output] },
    }
  return {
    ...known,
    categorical: [...told].map(([i, names]) => ({
      name: features[i] ?? '',
      ...(names !== undefined && { count: names.length }),
    })),
    signature: {
      inputs: features.map((name, i) => inputOf(name, told.has(i), told.get(i))),
      outputs: [output],
    },
  }
}

function inputOf(name: string, isCategory: boolean, names: Names | undefined): Field {
  if (!isCategory) return { name, type: 'float64', shape: [] }
  const texts = names?.every((one) => typeof one === 'string')
  return texts && names !== undefined
    ? { name, type: 'string', shape: [], ...toldCategories(names.map(String)) }
    : { name, type: 'int64', shape: [] }
}

function outputOf(objective: string | undefined, classes: number): Field {
  const several = Number.isSafeInteger(classes) && classes > 1
  if (objective === 'multiclass' || objective === 'multiclassova')
    return { name: 'probabilities', type: 'float64', shape: [several ? classes : 1] }
  if (objective === 'binary' || objective === 'cross_entropy')
    return { name: 'probability', type: 'float64', shape: [] }
  return { name: 'prediction', type: 'float64', shape: several ? [classes] : [] }
}

type Names = readonly (string | number)[]

/**
 * Which features are categories, by place, and their names in the order of their numbers. pandas' names stand in the
 * order of the columns that were categories, so they are known only where both lists are as long as one another.
 */
function categoriesOf(
  infos: readonly string[],
  named: readonly Names[],
): ReadonlyMap<number, Names | undefined> {
  const places = infos.flatMap((info, i) => (categories.test(info) ? [i] : []))
  const matching = places.length === named.length
  return new Map(places.map((place, i) => [place, matching ? named[i] : undefined]))
}

function pandasCategories(bytes: Uint8Array): readonly Names[] {
  const tail = new TextDecoder().decode(bytes.subarray(Math.max(0, bytes.length - mostTailCharacters)))
  const [, written = 'null'] =
    /\npandas_categorical:([^\n]*)\s*$/.exec(tail.slice(tail.lastIndexOf('\npandas_'))) ?? []
  const isNames = (one: unknown): one is Names =>
    Array.isArray(one) && one.every((name) => typeof name === 'string' || Number.isSafeInteger(name))
  try {
    const found: unknown = JSON.parse(written)
    return Array.isArray(found) && found.every(isNames) ? found : []
  } catch {
    return []
  }
}

/** What stands before the first tree. */
function headOf(bytes: Uint8Array): string {
  let end = 0
  const most = Math.min(bytes.length, mostHeadCharacters)
  // An empty line ends it.
  while (end < most && !(bytes[end] === 0x0a && (bytes[end + 1] === 0x0a || bytes[end + 1] === 0x0d)))
    end += 1
  return new TextDecoder().decode(bytes.subarray(0, end))
}

function splitAt(line: string, sign: string): [string, string] {
  const at = line.indexOf(sign)
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}
