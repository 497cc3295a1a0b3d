import type { RType } from './rds-value.ts'

/** The code of each type in a stream (R Internals, 1.8). */
export const code = {
  symbol: 1,
  pairlist: 2,
  closure: 3,
  environment: 4,
  promise: 5,
  call: 6,
  special: 7,
  builtin: 8,
  string: 9,
  dots: 17,
  character: 16,
  list: 19,
  expression: 20,
  byteCode: 21,
  externalPointer: 22,
  weakReference: 23,
  raw: 24,
  object: 25,
  alternative: 238,
  attributedPairlist: 239,
  attributedCall: 240,
  byteCodeReference: 243,
  byteCodeDefinition: 244,
  persistent: 247,
  package: 248,
  namespace: 249,
  reference: 255,
} as const

/** Vectors whose elements have one size, in bytes. */
export const fixed: Readonly<Record<number, readonly [RType, number]>> = {
  10: ['logical', 4],
  13: ['integer', 4],
  14: ['double', 8],
  15: ['complex', 16],
  [code.raw]: ['raw', 1],
}

/** Values that have no content: NULL, and environments that everybody has. */
export const constants: Readonly<Record<number, RType>> = {
  254: 'null',
  253: 'environment',
  252: 'unbound',
  251: 'other',
  250: 'environment',
  242: 'environment',
  241: 'environment',
}

/** Pairs: a function, a promise and a call are written as a list is. */
export const pairs: Readonly<Record<number, RType>> = {
  [code.pairlist]: 'pairlist',
  [code.closure]: 'function',
  [code.promise]: 'other',
  [code.call]: 'other',
  [code.dots]: 'other',
}

/** What R keeps in another form than it shows, of its own: sequences, and texts of numbers. */
export const ownForms = /^(?:compact_intseq|compact_realseq|deferred_string|wrap_\w+)$/

/** Whether a constant of compiled code is an expression. */
export function isLanguage(type: number): boolean {
  return expressions.has(type)
}

const expressions: ReadonlySet<number> = new Set([
  code.call,
  code.pairlist,
  code.byteCodeDefinition,
  code.byteCodeReference,
  code.attributedCall,
  code.attributedPairlist,
])
