import { counted } from '../problem.ts'
import type { Signature } from '../signature.ts'

/** What a file of gradient-boosted trees says of itself. */
export interface BoosterFacts {
  readonly library: 'XGBoost' | 'LightGBM'
  /** The version of the library that wrote it, where it says so. */
  readonly version?: string
  /** What it was trained for, as the library calls it; undefined where that was a function of the user. */
  readonly objective?: string
  /** By name: the features that are categories, and how many there are where that is known. */
  readonly categorical: readonly { readonly name: string; readonly count?: number }[]
  /** What it takes and answers, or why that cannot be told, as the end of a sentence. */
  readonly signature: Signature | { readonly unknown: string }
}

/** So much of the names of categories stands in a signature, characters; of more, the server alone knows them. */
const mostNamed = 20_000

/** The strings that a categorical input may be, where they are few enough to be told. */
export function toldCategories(names: readonly string[]): { readonly values?: readonly string[] } {
  return names.join('').length <= mostNamed ? { values: names } : {}
}

/** `model.ubj holds boosted trees of XGBoost 3.2.0 for multi:softprob; plan is categorical (3 categories)`. */
export function boosterSentence(entry: string, facts: BoosterFacts): string {
  const { library, version, objective, categorical } = facts
  const by = version === undefined ? library : `${library} ${version}`
  const goal = objective === undefined ? '' : ` for ${objective}`
  const told = categorical.slice(0, 5).map(({ name, count }) => {
    const known =
      count === undefined ? 'by the numbers of its categories' : counted(count, 'category', 'categories')
    return `${name} (${known})`
  })
  const more = categorical.length > told.length ? ` and ${categorical.length - told.length} more` : ''
  const which = told.length === 0 ? '' : `; categorical: ${told.join(', ')}${more}`
  return `${entry} holds boosted trees of ${by}${goal}${which}`
}
