import { Problem } from '../problem.ts'

/**
 * Which parts of a document are read: a member's whole value ('all'), or some of its own members. Everything else is
 * passed over, since a model of a gigabyte says what it takes in a few kilobytes.
 */
export interface Wanted {
  readonly [member: string]: Wanted | 'all'
}

/** What was read of it, in the same form; a member that is not there is missing. */
export interface Picked {
  readonly [member: string]: unknown
}

/** So many bytes a whole value may have: the names of some hundred thousand features. */
export const mostPickedBytes = 16 * 2 ** 20

/** Deeper than any model, by far. */
export const deepest = 64

export function asked(wanted: Wanted, member: string): Wanted | 'all' | undefined {
  return Object.hasOwn(wanted, member) ? wanted[member] : undefined
}

/** @throws Problem `artifact-corrupt`, for whoever names the file */
export function brokenModel(reason: string): Problem {
  return new Problem('artifact-corrupt', reason)
}

/** Follow members down. @returns undefined where one of them is not there */
export function memberAt(value: unknown, ...path: readonly string[]): unknown {
  let at: unknown = value
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = (at as Picked)[name]
  }
  return at
}
