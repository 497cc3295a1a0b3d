import { isSampled } from '../../lib/rules/capture/capture-plan.ts'
import type { CapturedCall } from '../../lib/rules/capture/captured-call.ts'
import type { CaptureStore } from '../monitoring-ports.ts'
import type { Ports } from '../ports.ts'
import type { PredictionRequest } from './prediction.ts'
import type { ReadyVersion } from './ready-version.ts'

/** Hands one call over to be recorded. */
export interface CallRecorder {
  /** Hears what is asked. */
  readonly onAsked: NonNullable<PredictionRequest['onAsked']>
  /**
   * The call is over. One that was refused before anything was asked of the model is no call of it.
   * @param answer absent where there was none @param problem the code of what was answered in its place
   */
  take(
    facts: Pick<CapturedCall, 'requestId' | 'variant' | 'latencyMs'>,
    answer: Uint8Array | undefined,
    problem: string | undefined,
  ): void
}

/** @returns undefined where this call is not recorded: nearly always, and then it costs nothing */
export function callRecorder(
  {
    captures,
    random,
    clock,
  }: Pick<Ports, 'random' | 'clock'> & { readonly captures: Pick<CaptureStore, 'take'> },
  { model, version, capture: plan }: ReadyVersion,
): CallRecorder | undefined {
  if (plan === undefined || !isSampled(plan, random.draw())) return undefined
  const atMs = clock.now()
  let asked: CapturedCall['asked'] | undefined
  return {
    onAsked: (heard) => {
      asked = heard
    },
    take: (facts, answer, problem) => {
      if (asked === undefined) return
      const told = { ...(answer !== undefined && { answer }), ...(problem !== undefined && { problem }) }
      captures.take({ ...facts, atMs, model, version, asked, plan, ...told })
    },
  }
}
