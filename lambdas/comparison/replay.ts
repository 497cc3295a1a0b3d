import { type Answered, Comparison } from '../../lib/rules/comparison/comparison.ts'
import type { Replayed } from '../../lib/rules/comparison/replay-gate.ts'
import type { InputRecord } from '../../lib/rules/request-records.ts'
import type { Ports } from '../ports.ts'
import type { PredictPorts } from '../serving/predict.ts'
import {
  type Asked,
  askCompared,
  awake,
  type ComparedVersion,
  comparedVersion,
  refuseUnlike,
} from './compared-version.ts'
import { recordedRequests } from './recorded-requests.ts'

export type Replaying = Pick<Ports, 'registry' | 'captures' | 'clock' | 'host' | 'random'>

/** So many records are on their way at once: those who really call are served beside it. */
const mostAtOnce = 4

const reasons = {
  'no-time': 'the time was over before all of them were asked',
  'no-room': 'it stopped, since the callers of a version take all the room there is',
} as const

export interface ReplayAsked {
  readonly model: string
  /** The version that the other is held to. */
  readonly a: string
  readonly b: string
  readonly last: number
  readonly tolerance: number
  /** Nothing is waited for after this, milliseconds since the epoch. */
  readonly until: number
  /** Called after each record. */
  readonly onRecord?: (soFar: () => Replayed) => Promise<void>
}

/**
 * Ask two versions what was asked before, one record at a time, and compare what they say. These calls are nobody's: they
 * are counted for no rollout, noted of no caller and recorded nowhere, since they pass the router by.
 * @throws Problem `version-unknown`, `version-not-ready`, `version-retired`, `not-comparable`, `endpoint-failed`
 */
export async function replay(ports: Replaying, asked: ReplayAsked): Promise<Replayed> {
  const { model, last, tolerance, until, onRecord } = asked
  const [a, b] = [await comparedVersion(ports, model, asked.a), await comparedVersion(ports, model, asked.b)]
  refuseUnlike(a, b)
  const comparison = new Comparison({ model, a: sideOf(a), b: sideOf(b), tolerance })
  const contracts = [a, b].map(({ version, contract }) => ({ version, ...contract }))
  const { rows, leftOut } = await recordedRequests(ports, { model, contracts, last, until })
  if (rows.length > 0) for (const version of [a, b]) await awake(ports, version, until)
  let stopped: string | undefined
  const soFar = (): Replayed => ({
    report: comparison.report(),
    ...{ found: rows.length, leftOut, ...(stopped !== undefined && { stopped }) },
  })
  const waiting = rows.entries()
  const work = async () => {
    for (const [i, row] of waiting) {
      if (stopped !== undefined) return
      const leftMs = until - ports.clock.now()
      const isTurned = i % 2 === 1
      const answered = await both(ports, isTurned ? [b, a] : [a, b], row.inputs, leftMs)
      if ('none' in answered) stopped = reasons[answered.none]
      else {
        const [one, other] = isTurned ? answered.toReversed() : answered
        if (one !== undefined && other !== undefined) comparison.add({ ...row, a: one, b: other })
      }
      await onRecord?.(soFar)
    }
  }
  await Promise.all(Array.from({ length: mostAtOnce }, work))
  return soFar()
}

export function sideOf({ version, contract }: ComparedVersion) {
  return { version, outputs: contract.signature.outputs }
}

/** Both answers to one record. They take turns in being asked first: whoever comes second finds all of it warm. */
async function both(
  ports: PredictPorts,
  [first, second]: readonly [ComparedVersion, ComparedVersion],
  inputs: InputRecord,
  leftMs: number,
): Promise<readonly [Answered, Answered] | Extract<Asked, { readonly none: unknown }>> {
  const since = performance.now()
  const one = await askCompared(ports, first, inputs, leftMs)
  if ('none' in one) return one
  const other = await askCompared(ports, second, inputs, leftMs - (performance.now() - since))
  return 'none' in other ? other : [one, other]
}
