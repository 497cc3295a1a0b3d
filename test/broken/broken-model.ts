import type { ProblemCode } from '../../lib/rules/problem.ts'
import type { Content } from '../journeys/stage.ts'

/** A model that somebody brings and that cannot be served as it is, and what they are told. */
export interface BrokenModel {
  /** What is wrong with it, in the words of whoever finds out. */
  readonly what: string
  readonly files: Content
  /** What its model.yaml says. @default nothing */
  readonly manifest?: string
  readonly code: ProblemCode
  /** What the sentence holds: the file, the line where there is one, and the mend. */
  readonly told: readonly (string | RegExp)[]
}

/** The manifest of a program that takes a number and gives one. */
export const oneNumber = `signature:
  inputs: [{ name: x, type: float64 }]
  outputs: [{ name: y, type: float64 }]
`

/** The same, with a golden request: it is called before it is ready. */
export const provenNumber = `${oneNumber}examples: [{ request: examples/one.json }]
`

/** What a golden request of such a program is. */
export const example: Content = { 'examples/one.json': '{"x": 2}' }
