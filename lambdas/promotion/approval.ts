import {
  type Approvable,
  approvalAsked,
  approvalNeeded,
  carriedOut,
  decided,
  deciderOf,
  decisionSentence,
  defaultApprovalSeconds,
  isExpired,
  isWaiting,
  waitingSentence,
} from '../../lib/rules/approval.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import type { ApprovalDecision, ApprovalProgress, Operation } from '../../lib/rules/operation.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { move, writeRecords } from '../moves.ts'
import { askedBy, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'

type Deciding = Pick<Ports, 'registry' | 'clock' | 'events' | 'store' | 'workflows'>

/** Who lets the platform's own decisions stand: nobody was asked any longer. */
const platformActor = 'sluice'

/** The alias that a promotion comes to, and whose version it is. */
export interface Approached {
  readonly alias: string
  /** Of several in order, a manifest asks for a person before the last alone; a platform before each that it names. */
  readonly isLast: boolean
  readonly pushedBy: string | undefined
}

/** What a promotion to an alias needs before it may begin; undefined where nobody is asked. */
export function approvalFor(
  { clock, settings }: Pick<Ports, 'clock' | 'settings'>,
  manifest: Manifest | undefined,
  { alias, isLast, pushedBy }: Approached,
): ApprovalProgress | undefined {
  const release = manifest?.release
  return approvalAsked(
    approvalNeeded(settings.approvals, alias, isLast ? release?.approval : 'none'),
    release?.approvalExpiresSeconds ?? defaultApprovalSeconds,
    pushedBy,
    clock.now(),
  )
}

/** Tell that a promotion waits, if it does. */
export async function announce({ events }: Pick<Ports, 'events'>, promotion: Operation): Promise<void> {
  if (!isWaiting(promotion) || promotion.approval.decision !== undefined) return
  const { alias, approval } = promotion
  await events.publish({
    type: 'Approval Needed',
    ...askedBy(promotion),
    alias,
    needs: approval.needs,
    expiresAt: new Date(approval.expiresAt).toISOString(),
    message: `to '${alias}' ${waitingSentence(promotion)}`,
  })
}

/**
 * Decide on a promotion that waits. The decision is written down first, by whoever is the first, and then carried out:
 * a crash in between is mended by `expireApprovals`.
 * @throws Problem `operation-unknown`, `approval-over`, `approval-expired`
 */
export async function decideOn(
  ports: Deciding,
  id: string,
  decision: Omit<ApprovalDecision, 'at'>,
  mayDecide: (operation: Operation) => void,
): Promise<Operation> {
  for (;;) {
    const seen = await operationOf(ports, id)
    mayDecide(seen)
    if (decision.decision !== 'expire' && isWaiting(seen) && isExpired(seen, ports.clock.now()))
      await expire(ports, seen)
    const at = new Date(ports.clock.now()).toISOString()
    const next = decided(seen, { ...decision, at })
    if (await ports.registry.replaceOperation(seen, next)) return carryOut(ports, next)
  }
}

/** Carry a decision out: its entry in the history, then what it makes of the operation, then the machine. */
async function carryOut(ports: Deciding, operation: Approvable): Promise<Operation> {
  await enter(ports, operation)
  const next = carriedOut(operation, ports.clock.now())
  const won = await ports.registry.replaceOperation(operation, next)
  const standing = won ? next : await operationOf(ports, operation.id)
  if (standing.state === 'running') await ports.workflows.start(standing)
  if (won) await tell(ports, next as Approvable)
  return standing
}

/** The entry of a decision: once, however often it is carried out. */
async function enter(ports: Deciding, { id, model, version, alias, approval }: Approvable): Promise<void> {
  const { decision } = approval
  if (decision === undefined) return
  const kind = decision.decision === 'approve' ? 'approved' : 'rejected'
  const told = {
    kind,
    version,
    alias,
    operation: id,
    actor: deciderOf(decision),
    reason: decision.reason,
  } as const
  for (let entered = false; !entered; ) {
    const entries = await ports.registry.history(model)
    if (entries.some((one) => one.operation === id && one.kind === kind)) break
    const rev = entries.at(-1)?.rev ?? 0
    const { entry } = await move(ports, model, (seen) =>
      // Somebody moved it since: whether the entry stands is looked up anew.
      seen.rev === rev ? { moved: seen, happening: told, unready: true } : undefined,
    )
    entered = entry !== undefined
  }
  await writeRecords(ports, model)
}

async function tell({ events }: Pick<Ports, 'events'>, operation: Approvable): Promise<void> {
  const { alias, approval, problem } = operation
  const { decision } = approval
  if (decision === undefined) return
  const facts = { ...askedBy(operation), alias }
  const message = decisionSentence(decision)
  if (decision.decision === 'expire')
    await events.publish({
      type: 'Operation Failed',
      ...facts,
      kind: 'promotion',
      code: problem?.code ?? 'approval-expired',
      message,
    })
  else
    await events.publish({
      type: decision.decision === 'approve' ? 'Approved' : 'Rejected',
      ...facts,
      decidedBy: deciderOf(decision),
      message,
    })
}

/**
 * End what nobody decided on in time, and carry out what was decided and not carried out: its process died in between.
 * Called on a schedule, and when a platform starts.
 */
export async function expireApprovals(ports: Deciding): Promise<void> {
  for (const operation of await ports.registry.unfinished()) {
    if (!isWaiting(operation)) continue
    if (operation.approval.decision !== undefined) await carryOut(ports, operation)
    else if (isExpired(operation, ports.clock.now())) await expire(ports, operation)
  }
}

/** End a promotion that nobody decided on in time; whoever decides at this very moment is the first, or too late. */
export async function expire(ports: Deciding, operation: Approvable): Promise<void> {
  const until = new Date(operation.approval.expiresAt).toISOString()
  const decision = { decision: 'expire', by: platformActor, reason: `nobody decided until ${until}` } as const
  await decideOn(ports, operation.id, decision, () => {}).catch((error) => {
    if (!isProblem(error) || error.code !== 'approval-over') throw error
  })
}
