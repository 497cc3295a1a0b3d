import type { ProblemCode } from './problem.ts'

/** Problems that may be a version's doing: its model failed, or its signature refuses what callers send. */
const versionsOwn: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'model-failed',
  'graph-failed',
  'model-timeout',
  'endpoint-unavailable',
  'request-invalid',
])

/**
 * Whether an answer counts as failed when a canary is judged. A body that no version could read, or an answer that no
 * version could write, says nothing about the one that happened to be asked.
 */
export function countsAsFailed(code: ProblemCode | undefined): boolean {
  return code !== undefined && versionsOwn.has(code)
}
