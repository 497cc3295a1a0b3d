import {
  type BreachPersistence,
  type DriftThresholds,
  defaultPersistence,
  defaultThresholds,
} from '../drift/thresholds.ts'

/** What is done when a breach is found. */
export interface OnDrift {
  /** Where it is told: a URL. */
  readonly webhook?: string | undefined
  /** Whether the aliases that serve the version return to what they served before. */
  readonly rollback?: boolean | undefined
  /** What trains the model anew: a URL that is asked to. */
  readonly retrain?: string | undefined
}

/** What a manifest says of drift. One that was kept before there was more to say has `everyMinutes` and nothing else. */
export interface DriftFields {
  readonly everyMinutes: number
  readonly learnFrom?: number | undefined
  readonly minRows?: number | undefined
  readonly thresholds?:
    | { readonly [name in keyof Omit<DriftThresholds, 'minRows'>]?: number | undefined }
    | undefined
  readonly raiseAfter?: number | undefined
  readonly clearAfter?: number | undefined
  readonly onDrift?: OnDrift | undefined
}

/** How a version is looked at. */
export interface DriftPlan {
  readonly everyMs: number
  /** So many of its first records a version without a baseline learns from. */
  readonly learnFrom: number
  readonly thresholds: DriftThresholds
  readonly persistence: BreachPersistence
  readonly onDrift: OnDrift
}

export const defaultLearnFrom = 1000

export function driftPlan({
  everyMinutes,
  learnFrom,
  minRows,
  thresholds,
  ...fields
}: DriftFields): DriftPlan {
  const given = Object.entries(thresholds ?? {}).filter(([, value]) => value !== undefined)
  return {
    everyMs: everyMinutes * 60_000,
    learnFrom: learnFrom ?? defaultLearnFrom,
    thresholds: {
      ...defaultThresholds,
      ...Object.fromEntries(given),
      minRows: minRows ?? defaultThresholds.minRows,
    },
    persistence: {
      raiseAfter: fields.raiseAfter ?? defaultPersistence.raiseAfter,
      clearAfter: fields.clearAfter ?? defaultPersistence.clearAfter,
    },
    onDrift: fields.onDrift ?? {},
  }
}
