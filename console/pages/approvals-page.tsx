import type { Operation } from '../../lib/rules/operation.ts'
import { Heads } from '../parts/heads.tsx'
import { Loading, RefusalNotice } from '../parts/notice.tsx'
import { useNow, useReading } from '../reading.ts'
import { ago, duration } from '../view/figures.ts'
import { to } from '../view/places.ts'

/** Promotions that wait for a person. */
export function ApprovalsPage() {
  const { data, refusal, again } = useReading<{ approvals: readonly Operation[] }>('/approvals')
  const now = useNow(10_000)
  if (data === undefined)
    return refusal === undefined ? (
      <Loading what="approvals" />
    ) : (
      <RefusalNotice refusal={refusal} again={again} />
    )
  return (
    <section>
      <div class="heading">
        <h1>Approvals</h1>
      </div>
      {data.approvals.length === 0 ? (
        <p class="empty">Nothing waits for a person.</p>
      ) : (
        <table class="stacked">
          <Heads of={['What', 'Asked for by', 'Why', 'Until']} />
          <tbody>
            {data.approvals.map(({ id, model, version, alias, actor, reason, startedAt, approval }) => (
              <tr key={id}>
                <th scope="row">
                  <a href={to.operation(id)}>
                    {model} {version} to {alias}
                  </a>
                </th>
                <td>
                  <bdi>{actor}</bdi> <span class="aside">{ago(startedAt, now)}</span>
                </td>
                <td class="aside">
                  <bdi>{reason}</bdi>
                </td>
                <td class="aside">{approval !== undefined && `in ${duration(approval.expiresAt - now)}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
