import type { GatePassed } from '../operation.ts'
import { type Finding, Problem, shown } from '../problem.ts'
import type { ComparisonReport, WorstCase } from './comparison-report.ts'
import { plain } from './plain.ts'

/** What a manifest holds a version to. */
export interface ReplayLimits {
  readonly minAgreementPercent: number
  readonly minRows: number
}

/** A comparison, and how it came about. */
export interface Replayed {
  readonly report: ComparisonReport
  /** Rows that were found to be replayed. */
  readonly found: number
  /** Rows that were left out, and why. */
  readonly leftOut: readonly LeftOut[]
  /** Why not all that were found were compared; absent where they were. */
  readonly stopped?: string
}

export interface LeftOut {
  readonly why: string
  readonly rows: number
}

/**
 * Hold a version to what it answered beside the one that is served. What could not be compared at all, although there was
 * something to compare, is not known, and what is not known promotes nothing; where nothing was recorded, there is nothing
 * that could be known, and a version that is the first to record must not be locked out (docs/decisions/0044).
 * @throws Problem `replay-differs` with the worst cases
 */
export function judgeReplay({ minAgreementPercent, minRows }: ReplayLimits, replayed: Replayed): GatePassed {
  const { report, found } = replayed
  const { model, a, b, compared, agreement } = report
  const some = `${report.agreed} of ${compared} replayed requests are answered as ${a} answers them`
  const notes = [
    ...replayed.leftOut.map(leftOutSentence),
    ...(replayed.stopped === undefined ? [] : [replayed.stopped]),
  ]
  const more = notes.length === 0 ? '' : `; ${notes.join('; ')}`
  if (compared < Math.max(minRows, found > 0 ? 1 : 0)) {
    const wanted = Math.max(minRows, 1)
    throw new Problem(
      'replay-differs',
      `${model} ${b} was compared with ${a} on ${compared} recorded requests, and ${wanted} ${wanted === 1 ? 'is' : 'are'} needed${errorsOf(report)}${more}`,
    )
  }
  if (agreement === undefined)
    return {
      gate: 'replay',
      found: `nothing to replay: no request of ${model} is recorded that could be sent anew${more}`,
    }
  const held = `${some} (${share(agreement.percent)}, ${share(agreement.lowPercent)} to ${share(agreement.highPercent)} at large)`
  if (agreement.percent < minAgreementPercent)
    throw new Problem(
      'replay-differs',
      `${model} ${b} differs from ${a}: ${held}, and ${plain(minAgreementPercent)} % are asked for; ${report.where}${errorsOf(report)}${more}`,
      report.worst.map(findingOf),
    )
  return { gate: 'replay', found: `${held}, at least ${plain(minAgreementPercent)} %${more}` }
}

export function leftOutSentence({ why, rows }: LeftOut): string {
  return `${rows} left out: ${why}`
}

function share(percent: number): string {
  // 99.996 % is not all of them.
  const cut = Math.floor(percent * 100) / 100
  return `${cut} %`
}

function errorsOf({ b, errors }: ComparisonReport): string {
  const codes = Object.entries(errors.b)
  if (codes.length === 0) return ''
  return `; ${b} failed on ${codes.map(([code, rows]) => `${rows} (${code})`).join(', ')}`
}

function findingOf({ inputs, a, b, off }: WorstCase): Finding {
  return {
    pointer: '/release/replay',
    found: `${saidAs(b)}${inputs === undefined ? '' : ` for ${shown(inputs)}`}`,
    allowed: saidAs(a),
    ...(off !== undefined && { offBy: Number(off.toPrecision(3)) }),
  }
}

function saidAs(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'problem' in answer
    ? `the problem ${String(answer.problem)}`
    : shown(answer)
}
