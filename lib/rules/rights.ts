import { decideAccess, type Grant, mayMove, requiredAccess } from './access.ts'

/** What a caller may do to a model: what a page offers, and what it does not. */
export interface Rights {
  /** Who it is, as the history names it. */
  readonly actor: string
  /** Ask for predictions. */
  readonly invoke: boolean
  /** Read what callers sent and who they are: logs, drift, comparisons. */
  readonly own: boolean
  /** Retire and deprecate. */
  readonly retire: boolean
  /** Whether the platform casts shadows at all; undefined where that was not asked. */
  readonly shadows?: boolean
  /** The aliases that it may move, of those that were asked about. */
  readonly move: readonly string[]
}

/** @param grants as of `maySee` */
export function rightsOf(
  actor: string,
  grants: readonly Grant[] | undefined,
  model: string,
  aliases: readonly string[],
): Rights {
  const may = (method: string, path: string) =>
    grants === undefined ||
    decideAccess({ grants }, requiredAccess(method, `/models/${model}/${path}`)).allowed
  return {
    actor,
    invoke: may('POST', 'invocations'),
    own: may('GET', 'callers'),
    retire: mayMove(grants, model).allowed,
    move: aliases.filter((alias) => mayMove(grants, model, alias).allowed),
  }
}
