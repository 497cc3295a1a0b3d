import { didYouMean } from '../did-you-mean.ts'
import { pointerTo } from '../json-pointer.ts'
import { type Finding, oneOf } from '../problem.ts'

/** Something wrong with a graph, and where in the file: at a key, at its value, or inside an expression. */
export interface GraphFault extends Pick<Finding, 'pointer' | 'found' | 'allowed'> {
  /** So many characters into the expression. */
  readonly offset?: number
  /** @default where the key stands */
  readonly at?: 'value'
}

/** Where something stands in the file: keys and indices. */
export type Path = readonly (string | number)[]

/** Tell of keys that nobody knows, each with the one that may be meant. */
export function unknownKeys(keys: readonly string[], known: readonly string[], path: Path): GraphFault[] {
  return keys
    .filter((key) => !known.includes(key))
    .slice(0, 20)
    .map((key) => ({
      pointer: pointerTo([...path, key.slice(0, 128)]),
      found: `the unknown key '${key.slice(0, 80)}'${didYouMean(key.slice(0, 80), known)}`,
      allowed: oneOf(known),
    }))
}
