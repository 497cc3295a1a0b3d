import type { QualityFinding } from './quality/quality-evidence.ts'
import type { QualityLimit } from './quality/quality-limit.ts'
import { falseRollbackBound, type Verdict } from './verdict.ts'

/**
 * A verdict as feedback lets it count. A canary whose predictions come true less often than the limit allows goes back,
 * while it bakes as well; with too little feedback it waits only where the limit asks for some, and never beyond the
 * deadline: there the traffic returns, since what is unknown never promotes. Feedback advances nothing by itself.
 * @param finding undefined where the feedback cannot be read
 */
export function verdictWithQuality(
  verdict: Verdict,
  { minFeedback }: QualityLimit,
  finding: QualityFinding | undefined,
  isLate: boolean,
): Verdict {
  const sentence = finding?.sentence ?? 'the feedback cannot be read'
  const judged = { ...verdict, qualityEvidence: finding?.evidence ?? 1 }
  if (verdict.decision === 'rollback') return judged
  if (judged.qualityEvidence >= 1 / falseRollbackBound)
    return { ...judged, decision: 'rollback', reason: sentence }
  const told = { ...judged, reason: `${verdict.reason}; ${sentence}` }
  const known = finding === undefined ? 0 : Math.min(finding.canary, finding.stable)
  if (verdict.decision === 'hold' || known >= minFeedback) return told
  const waits = `too little feedback, ${minFeedback} is asked of each: ${sentence}`
  return isLate
    ? { ...told, decision: 'rollback', reason: `no verdict before the deadline: ${waits}` }
    : { ...told, decision: 'hold', reason: waits }
}
