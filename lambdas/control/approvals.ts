import { z } from 'zod'
import { type Grant, mayMove, maySee } from '../../lib/rules/access.ts'
import {
  defaultLinkSeconds,
  isExpired,
  isWaiting,
  longestApprovalSeconds,
  refuseUnlessOther,
  withLink,
} from '../../lib/rules/approval.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import { parseModelName, parseMovableAlias } from '../../lib/rules/names.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { decideOn } from '../promotion/approval.ts'
import { plainText, reason } from './requests.ts'

/** `POST …/approval`. Why is asked for either way: it stands in the history. */
export const approvalRequest = z.strictObject({ decision: z.enum(['approve', 'reject']), reason })

/** `POST …/approval/links`. */
export const linkRequest = z.strictObject({
  for: plainText(100).optional(),
  expiresSeconds: z.int().min(60).max(longestApprovalSeconds).default(defaultLinkSeconds),
})

/** Who asks, what they may, and the place that the operation was named at. */
export interface Decider {
  readonly actor: string
  readonly grants: readonly Grant[] | undefined
  /** From the path, where it names them: an operation of another alias is not there. */
  readonly at?: { readonly model: string; readonly alias: string }
}

/** Decide on a promotion. @throws Problem `operation-unknown`, `scope-missing`, `four-eyes`, `approval-over`, `approval-expired` */
export function requestApproval(
  ports: Ports,
  id: string,
  asked: z.output<typeof approvalRequest>,
  decider: Decider,
): Promise<Operation> {
  return decideOn(ports, id, { ...asked, by: decider.actor }, (operation) =>
    refuseDecider(operation, decider),
  )
}

/**
 * Make a link to decide by. Who makes one can open it: only somebody who may decide makes links.
 * @returns its path, which is told this once
 */
export async function requestLink(
  ports: Ports,
  id: string,
  asked: z.output<typeof linkRequest>,
  decider: Decider,
) {
  if (!ports.settings.approvalLinks)
    throw new Problem('approval-links-off', 'this platform offers no links to approve by')
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
  for (;;) {
    const seen = await operationOf(ports, id)
    refuseDecider(seen, decider)
    const now = ports.clock.now()
    const expiresAt = Math.min(
      now + asked.expiresSeconds * 1000,
      seen.approval?.expiresAt ?? Number.POSITIVE_INFINITY,
    )
    const { actor } = decider
    const link = { hash: sha256Hex(secret), by: actor, for: asked.for ?? 'somebody', expiresAt }
    if (await ports.registry.replaceOperation(seen, withLink(seen, link, now)))
      return {
        operation: id,
        path: `/approvals/${id}?secret=${secret}`,
        for: link.for,
        expiresAt: new Date(expiresAt).toISOString(),
      }
  }
}

/** What waits for a person, of what the caller may see; what has just expired waits no more. */
export async function waitingApprovals(
  { registry, clock }: Pick<Ports, 'registry' | 'clock'>,
  grants: readonly Grant[] | undefined,
): Promise<Operation[]> {
  const now = clock.now()
  return (await registry.unfinished())
    .filter(isWaiting)
    .filter((one) => one.approval.decision === undefined && !isExpired(one, now) && maySee(grants, one.model))
}

/** The place that a path names. @throws Problem `model-name-malformed`, `alias-malformed` */
export function placeIn({ model, alias }: { readonly model: string; readonly alias: string }) {
  return { model: parseModelName(model), alias: parseMovableAlias(alias) }
}

/** @throws Problem `scope-missing` */
export function refuseUnlessMayMove(
  actor: string,
  grants: readonly Grant[] | undefined,
  model: string,
  alias?: string,
): void {
  const decision = mayMove(grants, model, alias)
  if (!decision.allowed)
    throw new Problem('scope-missing', `${actor} may not do this; it needs ${decision.missing}`)
}

function refuseDecider(operation: Operation, { actor, grants, at }: Decider): void {
  const { id, model, alias = '', approval } = operation
  const elsewhere = at !== undefined && (at.model !== model || at.alias !== alias)
  // To those who may not see it, it is as if there were none.
  if (elsewhere || !maySee(grants, model))
    throw new Problem('operation-unknown', `there is no operation ${shown(id)}`)
  refuseUnlessMayMove(actor, grants, model, alias)
  if (isWaiting(operation) && approval?.decision === undefined) refuseUnlessOther(operation, actor)
}
