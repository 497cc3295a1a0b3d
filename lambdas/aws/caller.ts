import { grantsIn } from '../../lib/rules/access.ts'
import type { Door } from '../problem-answer.ts'

/** What our authorizer hands on with a request that it let in: texts, since a gateway takes no others. */
export interface AuthorizerContext {
  readonly actor: string
  /** As `grantsText` writes them. */
  readonly grants: string
}

interface RequestContext {
  readonly authorizer?: {
    /** An HTTP API, by IAM. */
    readonly iam?: { readonly userArn?: string } | null
    /** An HTTP API, by our authorizer. */
    readonly lambda?: Partial<AuthorizerContext> | null
    /** A REST API, by our authorizer. */
    readonly actor?: string
    readonly grants?: string
  } | null
  /** A REST API, by IAM. */
  readonly identity?: { readonly userArn?: string | null } | null
}

/** Who calls, as a gateway's authorizer knows it. What the caller may do is told by our own authorizer alone. */
export function callerOf(event: object): Pick<Door['Bindings'], 'actor' | 'grants'> {
  const { authorizer, identity } = (event as { requestContext?: RequestContext }).requestContext ?? {}
  const user = authorizer?.iam?.userArn ?? identity?.userArn
  if (user !== undefined && user !== null) return { actor: user }
  const ours = authorizer?.lambda ?? authorizer
  if (ours?.actor === undefined) return { actor: 'anonymous' }
  return { actor: ours.actor, grants: grantsIn(ours.grants ?? '') }
}
