import type { Rights } from '../../lib/rules/rights.ts'
import { useNow } from '../reading.ts'
import { ago, counted, dollars, moment, rate, unknown } from '../view/figures.ts'
import { actionsFor, type VersionAction, type VersionRow } from '../view/version-rows.ts'
import { Heads } from './heads.tsx'

const actionWords: Readonly<Record<VersionAction, string>> = {
  promote: 'Promote',
  shadow: 'Shadow',
  deprecate: 'Deprecate',
  undeprecate: 'Undo deprecation',
  retire: 'Retire',
}

export interface VersionsTableProps {
  readonly rows: readonly VersionRow[]
  readonly rights: Rights | undefined
  readonly onAction: (action: VersionAction, version: string) => void
}

/** Every version: what leads to it, who made it when and why, who calls it, and what may be done with it. */
export function VersionsTable({ rows, rights, onAction }: VersionsTableProps) {
  const now = useNow(10_000)
  return (
    <table class="versions stacked">
      <Heads of={['Version', 'Who, when and why', 'Called', 'Costs on AWS']} actions />
      <tbody>
        {rows.map((row) => (
          <tr key={row.version}>
            <th scope="row">
              <span class="version">{row.version}</span> <StateBadges row={row} />
            </th>
            <td>
              {row.by !== undefined && <bdi>{row.by}</bdi>}{' '}
              <time title={moment(row.at)}>{ago(row.at, now)}</time>
              {row.git !== undefined && (
                <span class="aside">
                  {' '}
                  from <code>{row.git.slice(0, 12)}</code>
                </span>
              )}
              {row.why !== undefined && (
                <p class="aside">
                  <bdi>{row.why}</bdi>
                </p>
              )}
              {row.problem !== undefined && (
                <p class="bad">
                  <bdi>{row.problem.detail}</bdi>
                </p>
              )}
            </td>
            <td>
              {row.callsPerSecond === undefined ? unknown : rate(row.callsPerSecond)}
              {row.callers > 0 && <p class="aside">{counted(row.callers, 'caller')}</p>}
            </td>
            <td class="aside cost">
              <Costs cost={row.cost} />
            </td>
            <td class="actions">
              {actionsFor(row, rights).map((action) => (
                <button
                  key={action}
                  type="button"
                  class={action === 'retire' ? 'quiet danger' : 'quiet'}
                  onClick={() => onAction(action, row.version)}
                >
                  {actionWords[action]}
                  <span class="hidden"> {row.version}</span>
                </button>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Costs({ cost }: { readonly cost: VersionRow['cost'] | undefined }) {
  if (cost === undefined) return null
  const { idleMonthUsd, millionCallsUsd } = cost
  return (
    <>
      {idleMonthUsd === undefined ? unknown : dollars(idleMonthUsd)} a month idle
      <p>{millionCallsUsd === undefined ? unknown : dollars(millionCallsUsd)} a million calls</p>
    </>
  )
}

function StateBadges({ row: { state, reachedBy, deprecation, drift } }: { readonly row: VersionRow }) {
  return (
    <span class="badges">
      {state !== 'READY' && (
        <span class={`badge ${state === 'FAILED' ? 'bad' : ''}`}>{state.toLowerCase()}</span>
      )}
      {reachedBy.map((name) => (
        <span key={name} class={`badge ${name.startsWith('way back') ? '' : 'good'}`}>
          {name}
        </span>
      ))}
      {deprecation !== undefined && <span class="badge warn">deprecated</span>}
      {drift !== undefined && <span class="badge warn">drifts</span>}
    </span>
  )
}
