import { parseMovableAlias } from '../rules/names.ts'
import type { Approval as Needed } from '../rules/operation.ts'

/** Who must agree before an alias moves to a version. */
export class Approval {
  /** Nobody, unless the version's own manifest asks for it. */
  static none(): Approval {
    return new Approval('none')
  }

  /** Any person who may move the alias. */
  static required(): Approval {
    return new Approval('required')
  }

  /** A person who may move the alias, and neither pushed the version nor asked for its promotion. */
  static fourEyes(): Approval {
    return new Approval('four-eyes')
  }

  /** How handlers are told. */
  readonly kind: string

  private constructor(kind: Needed) {
    this.kind = kind
  }
}

/** What handlers are told of approvals by alias. @throws Problem `alias-malformed` */
export function approvalSetting(approvals: { readonly [alias: string]: Approval } = {}): string {
  const kinds = Object.entries(approvals).map(([alias, { kind }]) => [parseMovableAlias(alias), kind])
  return JSON.stringify(Object.fromEntries(kinds))
}
