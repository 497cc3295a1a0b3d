import { isOver, type Operation } from '../../lib/rules/operation.ts'
import type { Rights } from '../../lib/rules/rights.ts'
import { rolloutSteps } from '../../lib/rules/rollout.ts'
import { falseRollbackBound, type Verdict } from '../../lib/rules/verdict.ts'

/** A step of a rollout as it is drawn; the last one is all traffic. */
export interface StepView {
  readonly weightPercent: number
  /** Absent of the last one: it does not end. */
  readonly bakeTimeSeconds?: number
  readonly state: 'passed' | 'now' | 'ahead' | 'left'
}

/** @param operation a promotion */
export function stepsOf({ state, rollout }: Pick<Operation, 'state' | 'rollout'>): StepView[] {
  if (rollout === undefined) return []
  const steps = rolloutSteps(rollout.plan)
  const isBack = state === 'rolled-back' || state === 'failed'
  const stateOf = (i: number): StepView['state'] => {
    if (state === 'succeeded' || i < rollout.step) return 'passed'
    if (i > rollout.step) return 'ahead'
    return isBack ? 'left' : 'now'
  }
  return [
    ...steps.map((step, i) => ({ ...step, state: stateOf(i) })),
    { weightPercent: 100, state: stateOf(steps.length) },
  ]
}

/** How long the present step must still bake, in milliseconds; undefined where none does. */
export function bakesFor(
  operation: Pick<Operation, 'state' | 'rollout' | 'paused'>,
  nowMs: number,
): number | undefined {
  const { state, rollout, paused } = operation
  if (state !== 'running' || rollout === undefined || paused !== undefined) return undefined
  if (rollout.step < 0 || rollout.step >= rolloutSteps(rollout.plan).length) return undefined
  return Math.max(0, rollout.bakeEndsAt - nowMs)
}

/** Evidence against a canary, on its way to the bound at which its traffic is taken back. */
export interface EvidenceView {
  readonly of: 'errors' | 'latency'
  /** How many times less likely what was seen is if the canary is as good as the stable version. */
  readonly times: number
  readonly bound: number
  /** How far along that way, 0 to 1: a step of the scale is a factor, as the evidence itself multiplies. */
  readonly share: number
}

export function evidenceOf(verdict: Verdict | undefined): EvidenceView[] {
  if (verdict === undefined) return []
  const bound = 1 / falseRollbackBound
  const view = (of: EvidenceView['of'], times: number): EvidenceView => ({
    ...{ of, times, bound },
    share: Math.min(1, Math.max(0, Math.log(Math.max(times, 1)) / Math.log(bound))),
  })
  return [view('errors', verdict.errorEvidence), view('latency', verdict.latencyEvidence)]
}

/** `none`, `1.3 ×`, `48 ×`, `more than 1,000 ×`: what speaks for the canary is no evidence against it. */
export function timesText(times: number): string {
  if (times < 1.05) return 'none'
  if (times >= 1000) return 'more than 1,000 ×'
  return `${times < 10 ? times.toFixed(1) : times.toFixed(0)} ×`
}

/** What may be asked of an operation as it stands. */
export type OperationAction = 'approve' | 'reject' | 'pause' | 'resume' | 'skip' | 'abort' | 'rollback'

/** @param rights undefined while they are not known: then nothing is offered */
export function actionsOf(operation: Operation, rights: Rights | undefined): OperationAction[] {
  const { kind, state, alias, paused, abort, rollout, approval, skip } = operation
  if (kind !== 'promotion' || alias === undefined || rights?.move.includes(alias) !== true) return []
  if (state === 'waiting') return approval?.decision === undefined ? ['approve', 'reject', 'abort'] : []
  if (state === 'succeeded') return ['rollback']
  if (isOver(operation) || abort !== undefined) return []
  const isBaking =
    rollout !== undefined && rollout.step >= 0 && rollout.step < rolloutSteps(rollout.plan).length
  if (!isBaking) return ['abort']
  if (paused !== undefined) return ['resume', 'abort']
  return ['pause', ...(skip?.step === rollout.step ? [] : (['skip'] as const)), 'abort']
}

/** In a sentence, where an operation stands. */
export function standingOf(operation: Operation): string {
  const { state, paused, abort, rollout, approval, problem, alias, version, kind } = operation
  if (state === 'waiting')
    return `Waits for a person${approval?.needs === 'four-eyes' ? ' who neither pushed nor asked' : ''}.`
  if (state === 'failed') return problem?.detail ?? 'It failed.'
  if (state === 'rolled-back') return problem?.detail ?? 'The traffic was taken back.'
  if (state === 'succeeded') return kind === 'promotion' ? `${alias} serves ${version}.` : 'Done.'
  if (abort !== undefined) return `Is being ended: ${abort.reason}`
  if (paused !== undefined) return `Held by ${paused.by}: ${paused.reason}`
  const reason = rollout?.verdict?.reason
  return reason === undefined ? 'Is under way.' : `${reason[0]?.toUpperCase()}${reason.slice(1)}.`
}
