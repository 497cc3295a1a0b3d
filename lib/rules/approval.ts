import {
  type Approval,
  type ApprovalDecision,
  type ApprovalProgress,
  approvals,
  isOver,
  type Operation,
} from './operation.ts'
import { Problem, shown } from './problem.ts'
import { rolloutDeadline } from './rollout.ts'

/** Nobody is waited for longer than a rollout may last. Seconds. */
export const longestApprovalSeconds = 30 * 24 * 3600
export const defaultApprovalSeconds = 7 * 24 * 3600
/** A link that nobody opened is good for a day, where nobody says otherwise. Seconds. */
export const defaultLinkSeconds = 24 * 3600
/** More would only be more secrets of the same decision. */
const mostLinks = 20

/** The platform's own demands, by alias. */
export type ApprovalPolicy = Readonly<Record<string, Approval>>

/** The stricter of two demands. */
export function stricter(one: Approval, other: Approval): Approval {
  return approvals.indexOf(one) >= approvals.indexOf(other) ? one : other
}

/**
 * What a promotion to an alias needs. Who pushes a version writes its manifest, so that a manifest can only ask for
 * more than the platform does.
 */
export function approvalNeeded(policy: ApprovalPolicy, alias: string, manifest: Approval = 'none'): Approval {
  return stricter(Object.hasOwn(policy, alias) ? (policy[alias] ?? 'none') : 'none', manifest)
}

/** How a promotion that needs approval begins. @param now milliseconds since the epoch */
export function approvalAsked(
  needs: Approval,
  expiresSeconds: number,
  pushedBy: string | undefined,
  now: number,
): ApprovalProgress | undefined {
  if (needs === 'none') return undefined
  const expiresAt = now + expiresSeconds * 1000
  return { needs, expiresAt, ...(pushedBy !== undefined && { pushedBy }) }
}

/** A promotion that waits, or waited, for a person. */
export type Approvable = Operation & { readonly alias: string; readonly approval: ApprovalProgress }

/**
 * Whether somebody may decide, their right to move the alias aside.
 * Four eyes need two people who are known apart: names of different kinds, such as those of an account and of a key,
 * may be the same person's. @throws Problem `four-eyes`
 */
export function refuseUnlessOther(operation: Pick<Approvable, 'actor' | 'approval'>, decider: string): void {
  const { needs, pushedBy } = operation.approval
  if (needs !== 'four-eyes') return
  if (decider === pushedBy)
    throw new Problem('four-eyes', `${decider} pushed this version, and another one must decide; ${mend}`)
  if (decider === operation.actor)
    throw new Problem(
      'four-eyes',
      `${decider} asked for this promotion, and another one must decide; ${mend}`,
    )
  if (!isSecondPerson(operation, decider))
    throw new Problem(
      'four-eyes',
      `who asked for this promotion is known as ${shown(operation.actor)}, which cannot be told apart from ${decider}; ask for it anew with sluice promote, and let another one decide`,
    )
}

const mend =
  'let them use a key or a role of their own (on a laptop: sluice up --auth keys, since without it everybody is the same user)'

function isSecondPerson({ actor, approval }: Pick<Approvable, 'actor' | 'approval'>, decider: string) {
  return [actor, approval.pushedBy].some(
    (one) => one !== undefined && isPerson(one) && isPerson(decider) && kindOf(one) === kindOf(decider),
  )
}

/** Whether a name is that of one caller: S3 tells the account of who uploads, and a listing nobody. */
export function isPerson(actor: string): boolean {
  return !/^(?:\d{12}|listing|anonymous|[a-z0-9.-]+\.amazonaws\.com)$/.test(actor)
}

/** How an actor was made known: the names of one kind tell people apart, those of two kinds do not. */
function kindOf(actor: string): string {
  return /^(key |token |arn:)/.exec(actor)?.[1] ?? 'user'
}

/** Whether nobody has decided in time. @param now milliseconds since the epoch */
export function isExpired({ state, approval }: Operation, now: number): boolean {
  return (
    state === 'waiting' &&
    approval !== undefined &&
    approval.decision === undefined &&
    now >= approval.expiresAt
  )
}

/**
 * The operation with a decision, which is carried out next.
 * @throws Problem `approval-over` where it was decided or never waited, `approval-expired`
 */
export function decided(operation: Operation, decision: ApprovalDecision): Approvable {
  const { id, state, approval, alias } = operation
  if (approval === undefined || alias === undefined)
    throw new Problem('approval-over', `operation ${id} waits for nobody: it is ${state}`)
  const known = approval.decision
  if (known !== undefined || state !== 'waiting')
    throw new Problem('approval-over', `operation ${id} ${howItEnded(operation)}; nobody is waited for`)
  if (decision.decision !== 'expire' && isExpired(operation, Date.parse(decision.at)))
    throw new Problem('approval-expired', expiredSentence(operation as Approvable))
  return { ...operation, alias, approval: { ...approval, decision } }
}

function howItEnded({ approval, state, problem }: Operation): string {
  const decision = approval?.decision
  if (decision === undefined) return `is ${state}${problem === undefined ? '' : `: ${problem.detail}`}`
  if (decision.decision === 'expire') return `expired at ${decision.at}`
  return `was ${pastOf[decision.decision]} by ${decision.by} at ${decision.at}`
}

const pastOf = { approve: 'approved', reject: 'rejected', expire: 'left to expire' } as const

export function expiredSentence({ id, approval }: Approvable): string {
  return `nobody decided on operation ${id} until ${new Date(approval.expiresAt).toISOString()}; ask for the promotion anew`
}

/** What a decision makes of a promotion: it runs from now on, or it is over. @param now milliseconds since the epoch */
export function carriedOut(operation: Approvable, now: number): Operation {
  const { approval, rollout, progress, model, version, alias } = operation
  const { decision } = approval
  if (decision === undefined || operation.state !== 'waiting') return operation
  const at = new Date(now).toISOString()
  const told = { ...operation, progress: [...progress, { at, text: decisionSentence(decision) }] }
  if (decision.decision === 'approve')
    return {
      ...told,
      state: 'running',
      // The time that a person took is none of the rollout's.
      ...(rollout !== undefined && {
        deadline: rolloutDeadline(rollout.plan, now),
        rollout: { ...rollout, bakeEndsAt: now },
      }),
      gates: [
        ...(operation.gates ?? []),
        { gate: 'approval', found: `${approval.needs}: ${decisionSentence(decision)}` },
      ],
    }
  const problem =
    decision.decision === 'reject'
      ? new Problem(
          'rejected',
          `${model} ${version} was not let to '${alias}': ${decisionSentence(decision)}`,
        )
      : new Problem('approval-expired', expiredSentence(operation))
  return { ...told, state: 'failed', endedAt: at, problem: problem.facts }
}

/** `approved by ada: better on all counts`. */
export function decisionSentence(decision: ApprovalDecision): string {
  return decision.decision === 'expire'
    ? decision.reason
    : `${pastOf[decision.decision]} by ${deciderOf(decision)}: ${decision.reason}`
}

/** Who decided, as the history names them. A name on a link is what its maker wrote, and no proof. */
export function deciderOf({ by, linkBy }: ApprovalDecision): string {
  return linkBy === undefined ? by : `${by} (by a link of ${linkBy})`
}

/** `waits until … for a person to approve it; …`: what to do about a promotion that waits. */
export function waitingSentence({ id, approval }: Pick<Approvable, 'id' | 'approval'>): string {
  const who =
    approval.needs === 'four-eyes'
      ? 'a person who neither pushed the version nor asked for this'
      : 'a person who may move the alias'
  return `waits until ${new Date(approval.expiresAt).toISOString()} for ${who}: sluice approve ${id} --reason TEXT, or sluice reject ${id} --reason TEXT`
}

/** The operation with one more link. @throws Problem `approval-over`, `approval-expired`, `request-malformed` */
export function withLink(
  operation: Operation,
  link: NonNullable<ApprovalProgress['links']>[number],
  now: number,
): Approvable {
  const at = new Date(now).toISOString()
  const { approval } = decided(operation, { decision: 'approve', by: link.by, reason: '', at })
  const links = (approval.links ?? []).filter((one) => one.expiresAt > now)
  if (links.length >= mostLinks)
    throw new Problem(
      'request-malformed',
      `operation ${operation.id} has ${mostLinks} links; use one of them`,
    )
  const { decision: _, ...waiting } = approval
  return { ...operation, approval: { ...waiting, links: [...links, link] } } as Approvable
}

/** The link that a secret opens. @throws Problem `approval-link-unknown`, the same whatever is wrong with it */
export function linkOf(operation: Operation | undefined, hash: string, now: number) {
  const link = operation?.approval?.links?.find((one) => one.hash === hash)
  if (operation === undefined || link === undefined || now >= link.expiresAt)
    throw new Problem('approval-link-unknown', 'this link is none, or was good for a while and is no more')
  return link
}

/** Whether an operation still waits for a person. */
export function isWaiting(operation: Operation): operation is Approvable {
  return !isOver(operation) && operation.state === 'waiting' && operation.approval !== undefined
}

/** `live=four-eyes` as the command takes it. @throws Problem `usage` */
export function parseApprovalText(text: string): readonly [alias: string, approval: Approval] {
  const [, alias = '', approval] = /^([a-z][a-z0-9-]{0,38})=(.+)$/.exec(text) ?? []
  const known = approvals.find((one) => one === approval)
  if (known === undefined)
    throw new Problem(
      'usage',
      `--approval is ${shown(text)}, and allowed is ALIAS=none, ALIAS=required or ALIAS=four-eyes, such as live=four-eyes`,
    )
  return [alias, known]
}
