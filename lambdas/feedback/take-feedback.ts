import type { FeedbackBatch, FeedbackRow } from '../../lib/rules/feedback/feedback.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'

/** Keep what somebody tells of calls of a model, for good, before it is answered; it is joined to the calls later. */
export async function takeFeedback(
  { monitoring, clock }: Pick<Ports, 'monitoring' | 'clock'>,
  { model, by, rows }: { readonly model: string; readonly by: string; readonly rows: readonly FeedbackRow[] },
): Promise<void> {
  const now = clock.now()
  const batch: FeedbackBatch = { at: new Date(now).toISOString(), by, rows }
  await monitoring.write(monitoringKeys.newFeedback(model, now, crypto.randomUUID()), JSON.stringify(batch))
}
