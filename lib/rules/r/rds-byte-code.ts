import { code, isLanguage } from './rds-codes.ts'
import type { RdsCursor } from './rds-cursor.ts'

/** What compiled code is read from. */
interface Source {
  readonly cursor: RdsCursor
  item(depth: number): unknown
  /** Count one value more. */
  spend(depth: number): void
  /** A number of values, checked. */
  count(length: number): number
}

/** Pass over compiled code: numbers, and the values that they refer to, which are looked through like all others. */
export function skipCompiled(source: Source, depth: number): void {
  source.item(depth)
  const length = source.count(source.cursor.int())
  for (let i = 0; i < length; i += 1) {
    const type = source.cursor.int()
    if (type === code.byteCode) skipCompiled(source, depth + 1)
    else if (isLanguage(type)) skipLanguage(source, type, depth + 1)
    else source.item(depth + 1)
  }
}

/** An expression among the constants of compiled code, in which parts are written once and referred to. */
function skipLanguage(source: Source, first: number, depth: number): void {
  const { cursor } = source
  for (let type = first; ; type = cursor.int()) {
    source.spend(depth)
    if (type === code.byteCodeReference) {
      cursor.skip(4)
      return
    }
    if (!isLanguage(type)) {
      source.item(depth + 1)
      return
    }
    if (type === code.byteCodeDefinition) {
      cursor.skip(4)
      type = cursor.int()
    }
    if (type === code.attributedCall || type === code.attributedPairlist) source.item(depth + 1)
    source.item(depth + 1)
    skipLanguage(source, cursor.int(), depth + 1)
  }
}
