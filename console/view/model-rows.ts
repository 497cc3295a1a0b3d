import type { ModelTraffic, Traffic } from '../../lib/rules/traffic.ts'

/** A line of `GET /models`. */
export interface ModelSummary {
  readonly model: string
  readonly live?: string
  readonly canary?: { readonly version: string; readonly weightPercent: number }
  readonly versions: number
  readonly newest?: { readonly version: string; readonly state: string }
  /** That its live version drifts, and in which columns. */
  readonly drift?: { readonly columns: readonly string[] }
}

/** What was answered in the last ten minutes, and how quickly it is asked now. */
export interface Lately {
  /** Calls, slice by slice. */
  readonly series: readonly number[]
  readonly requests: number
  /** The platform's fault or the model's, not the caller's. */
  readonly failed: number
  readonly callsPerSecond: number
  readonly p95Ms?: number
}

export function lately({ calls, failed, callsPerSecond, p95Ms }: Traffic): Lately {
  const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0)
  return {
    // The last slice still grows: a line that ends in it would always seem to fall.
    series: calls.slice(0, -1),
    ...{ requests: sum(calls), failed: sum(failed), callsPerSecond },
    ...(p95Ms !== undefined && { p95Ms }),
  }
}

/** What stands about a model beside its figures, the most pressing first. */
export type Condition =
  | { readonly kind: 'canary'; readonly version: string; readonly weightPercent: number }
  | { readonly kind: 'drifted'; readonly columns: readonly string[] }
  | { readonly kind: 'failed' | 'creating' | 'waiting'; readonly version: string }

export interface ModelRow extends ModelSummary {
  readonly traffic?: Lately
  readonly conditions: readonly Condition[]
}

export function modelRows(models: readonly ModelSummary[], traffic: readonly ModelTraffic[]): ModelRow[] {
  const lines = new Map(traffic.map((line) => [line.model, lately(line)]))
  return models.map((summary) => {
    const line = lines.get(summary.model)
    return { ...summary, conditions: conditionsOf(summary), ...(line !== undefined && { traffic: line }) }
  })
}

function conditionsOf({ live, canary, newest, drift }: ModelSummary): Condition[] {
  const found: Condition[] = []
  if (canary !== undefined) found.push({ kind: 'canary', ...canary })
  if (drift !== undefined) found.push({ kind: 'drifted', columns: drift.columns })
  if (newest === undefined || newest.version === live || newest.version === canary?.version) return found
  const { version, state } = newest
  if (state === 'FAILED') found.push({ kind: 'failed', version })
  if (state === 'CREATING') found.push({ kind: 'creating', version })
  if (state === 'READY') found.push({ kind: 'waiting', version })
  return found
}

/** The rows that have every word of what is looked for, in their name, their versions or their condition. */
export function foundRows(rows: readonly ModelRow[], sought: string): readonly ModelRow[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const text = [
      row.model,
      row.live ?? '',
      row.newest?.version ?? '',
      ...row.conditions.map(({ kind }) => kind),
    ]
      .join(' ')
      .toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** `3 models · 120 calls in ten minutes`. */
export function totals(rows: readonly ModelRow[]): { readonly models: number; readonly requests: number } {
  return {
    models: rows.length,
    requests: rows.reduce((sum, { traffic }) => sum + (traffic?.requests ?? 0), 0),
  }
}
