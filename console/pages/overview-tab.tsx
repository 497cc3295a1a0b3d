import { useState } from 'preact/hooks'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { VersionCaller } from '../../lib/rules/calls.ts'
import type { Rights } from '../../lib/rules/rights.ts'
import { readHistory } from '../api.ts'
import { CallersTable } from '../parts/callers-table.tsx'
import { Heads } from '../parts/heads.tsx'
import { OperationsTable } from '../parts/operations-table.tsx'
import { TrafficCharts, useTraffic } from '../parts/traffic-charts.tsx'
import { UnderWay } from '../parts/under-way.tsx'
import { VersionDialog, type VersionDialogProps } from '../parts/version-dialog.tsx'
import { VersionsTable } from '../parts/versions-table.tsx'
import { useReading } from '../reading.ts'
import {
  type ModelDetails,
  promotableTo,
  underWay,
  type VersionRow,
  versionRows,
} from '../view/version-rows.ts'

/** What a model does now, and all its versions. */
export function OverviewTab({ details }: { readonly details: ModelDetails }) {
  const { model, aliases } = details
  const path = `/models/${encodeURIComponent(model)}`
  const ofModel = { on: (event: { model?: string }) => event.model === model }
  const released = useReading<{ entries: readonly HistoryEntry[] }>(`${path}/history?kind=released`, {
    ...ofModel,
    by: readHistory,
  })
  const rights = useReading<Rights>(`${path}/rights`, { on: () => false })
  const callers = useReading<{ callers: readonly VersionCaller[] }>(
    rights.data?.own === true ? `${path}/callers` : undefined,
    { everyMs: 30_000, on: () => false },
  )
  const traffic = useTraffic(model)
  const [asked, setAsked] = useState<Pick<VersionDialogProps, 'action' | 'of'>>()
  const rows = versionRows({
    details,
    released: released.data?.entries ?? [],
    callers: callers.data?.callers ?? [],
    traffic: traffic.data?.versions,
  })
  return (
    <>
      <UnderWay operations={underWay(details)} aliases={aliases} />
      {traffic.data !== undefined && (
        <section>
          <h2 class="hidden">Traffic</h2>
          <TrafficCharts traffic={traffic.data} canary={aliases['live']?.canary?.version} />
        </section>
      )}
      <section>
        <h2>Aliases</h2>
        <Aliases details={details} rights={rights.data} onAction={(action, of) => setAsked({ action, of })} />
      </section>
      <section>
        <h2>Versions</h2>
        <VersionsTable rows={rows} rights={rights.data} onAction={(action, of) => setAsked({ action, of })} />
      </section>
      {callers.data !== undefined && callers.data.callers.length > 0 && (
        <section>
          <h2>Who calls it</h2>
          <CallersTable callers={callers.data.callers} />
        </section>
      )}
      <section>
        <h2>Operations</h2>
        <OperationsTable operations={details.operations} />
      </section>
      {asked !== undefined && (
        <VersionDialog
          {...asked}
          model={model}
          aliases={aliasesFor(
            asked.action,
            rows.find(({ version }) => version === asked.of),
            rights.data?.move ?? [],
          )}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  )
}

/** An alias casts a shadow whatever it does otherwise, but none of its own. */
function aliasesFor(
  action: VersionDialogProps['action'],
  row: VersionRow | undefined,
  mayMove: readonly string[],
): readonly string[] {
  return action === 'promote' && row !== undefined ? promotableTo(row, mayMove) : mayMove
}

interface AliasesProps {
  readonly details: ModelDetails
  readonly rights: Rights | undefined
  readonly onAction: (action: 'rollback' | 'unshadow', alias: string) => void
}

function Aliases({ details: { aliases }, rights, onAction }: AliasesProps) {
  const names = Object.entries(aliases)
  if (names.length === 0) return <p class="aside">None yet: a promotion makes one.</p>
  return (
    <table class="stacked">
      <Heads of={['Alias', 'Serves', 'Canary', 'Way back', 'Shadow']} actions />
      <tbody>
        {names.map(([name, { stable, canary, previous, shadow }]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="version">{stable}</td>
            <td>
              {canary !== undefined && (
                <>
                  <span class="version">{canary.version}</span> gets {canary.weightPercent} %
                </>
              )}
            </td>
            <td class="version">{previous}</td>
            <td>
              {shadow !== undefined && (
                <>
                  <span class="version">{shadow.version}</span> hears {shadow.samplePercent} %
                </>
              )}
            </td>
            <td class="actions">
              {rights?.move.includes(name) && shadow !== undefined && (
                <button type="button" class="quiet" onClick={() => onAction('unshadow', name)}>
                  End the shadow<span class="hidden"> of {name}</span>
                </button>
              )}
              {rights?.move.includes(name) && (previous ?? canary) !== undefined && (
                <button type="button" class="quiet danger" onClick={() => onAction('rollback', name)}>
                  Roll back<span class="hidden"> {name}</span>
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
