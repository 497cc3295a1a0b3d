import { useReading } from '../reading.ts'

/** How many promotions wait for a person. */
export function Waiting() {
  const { data } = useReading<{ readonly approvals: readonly unknown[] }>('/approvals', {
    on: ({ type }) => ['Approval Needed', 'Approved', 'Rejected', 'Operation Failed'].includes(type),
  })
  const waiting = data?.approvals.length ?? 0
  return waiting === 0 ? null : (
    <span class="number">
      {waiting}
      <span class="hidden"> waiting</span>
    </span>
  )
}
