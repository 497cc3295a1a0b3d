import type { AskedRecords } from '../../lib/rules/capture/captured-call.ts'
import type { ModelRecord, Route, RouteTarget } from '../../lib/rules/routing.ts'
import type { Shadows } from '../comparison/shadows.ts'
import type { Ports } from '../ports.ts'
import type { PredictionRequest } from './prediction.ts'

/** Hands one call over to the shadow of its alias. */
export interface ShadowCaster {
  /** Hears what is asked. */
  readonly onAsked: NonNullable<PredictionRequest['onAsked']>
  /** The call is answered. Only what the version has answered itself can be compared. */
  cast(of: { readonly requestId: string; readonly latencyMs: number }, answer: Uint8Array | undefined): void
}

/** @returns undefined where nobody answers in this call's shadow: nearly always, and then it costs nothing */
export function shadowCaster(
  { shadows, random }: Pick<Ports, 'random'> & { readonly shadows?: Pick<Shadows, 'cast'> },
  record: ModelRecord,
  target: RouteTarget,
  { version }: Route,
): ShadowCaster | undefined {
  if (shadows === undefined || !('alias' in target)) return undefined
  const { alias } = target
  const standing = Object.hasOwn(record.aliases, alias) ? record.aliases[alias] : undefined
  const shadow = standing?.shadow
  // What a canary answers is no promise yet that another could be held to.
  if (shadow === undefined || standing?.stable !== version) return undefined
  if (random.draw() * 100 >= shadow.samplePercent) return undefined
  let asked: AskedRecords | undefined
  return {
    onAsked: (heard) => {
      asked = 'records' in heard ? heard : undefined
    },
    cast: (of, answer) => {
      if (asked === undefined || answer === undefined) return
      const { records, bodyBytes = 0 } = asked
      shadows.cast({ ...of, model: record.model, alias, version, shadow, records, bodyBytes, answer })
    },
  }
}
