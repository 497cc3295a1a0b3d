import { useState } from 'preact/hooks'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { Verification } from '../../lib/rules/verification.ts'
import { ask } from '../api.ts'
import { Heads } from '../parts/heads.tsx'
import { Loading, RefusalNotice } from '../parts/notice.tsx'
import { TimeMachine } from '../parts/time-machine.tsx'
import { useReading } from '../reading.ts'
import { counted, moment } from '../view/figures.ts'
import { entrySentence, historyPage, historyQuery, kindChoices } from '../view/history-view.ts'
import { to } from '../view/places.ts'
import type { ModelDetails } from '../view/version-rows.ts'

/** What happened to a model, by whom and why, and what it served at any moment. */
export function HistoryTab({ details }: { readonly details: ModelDetails }) {
  const path = `/models/${encodeURIComponent(details.model)}`
  const [choice, setChoice] = useState(0)
  const [version, setVersion] = useState('')
  const [pages, setPages] = useState(1)
  const query = historyQuery(details.rev, pages, kindChoices[choice]?.[1] ?? [], version)
  const history = useReading<{ entries: readonly HistoryEntry[] }>(`${path}/history?${query}`, {
    on: () => false,
  })
  const entries = history.data?.entries.toReversed()
  return (
    <>
      <TimeMachine model={details.model} />
      <section>
        <div class="heading">
          <h2>What happened</h2>
          <Chain path={path} />
          <div class="filters">
            <select
              aria-label="Kind of entries"
              value={choice}
              onChange={(event) => setChoice(Number(event.currentTarget.value))}
            >
              {kindChoices.map(([words], i) => (
                <option key={words} value={i}>
                  {words}
                </option>
              ))}
            </select>
            <select
              aria-label="Version"
              value={version}
              onChange={(event) => setVersion(event.currentTarget.value)}
            >
              <option value="">Every version</option>
              {details.versions.map((one) => (
                <option key={one.version}>{one.version}</option>
              ))}
            </select>
            <button type="button" class="quiet" onClick={() => download(details.model, `${path}/history`)}>
              Export as CSV
            </button>
          </div>
        </div>
        {history.refusal !== undefined && <RefusalNotice refusal={history.refusal} again={history.again} />}
        {entries === undefined ? (
          history.refusal === undefined && <Loading what="the history" />
        ) : (
          <Entries entries={entries} />
        )}
        {details.rev > pages * historyPage && (
          <button type="button" onClick={() => setPages(pages + 1)}>
            Show older ones
          </button>
        )}
      </section>
    </>
  )
}

function Entries({ entries }: { readonly entries: readonly HistoryEntry[] }) {
  if (entries.length === 0) return <p class="aside">Nothing of this kind.</p>
  return (
    <table class="history stacked">
      <Heads of={['When', 'What', 'Who and why']} />
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.rev}>
            <td class="aside">{moment(entry.at)}</td>
            <th scope="row">
              <a href={to.operation(entry.operation)}>
                <bdi>{entrySentence(entry)}</bdi>
              </a>
            </th>
            <td>
              <bdi>{entry.actor}</bdi>
              <p class="aside">
                <bdi>{entry.reason}</bdi>
              </p>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Whether the history is whole, by the platform's own word. */
function Chain({ path }: { readonly path: string }) {
  const { data } = useReading<Verification>(`${path}/verification`, { on: () => false })
  if (data === undefined) return null
  return data.holds ? (
    <span class="badge good">{counted(data.entries, 'entry', 'entries')}, the chain holds</span>
  ) : (
    <span class="badge bad">
      broken: entry {data.break?.rev} <bdi>{data.break?.fault}</bdi>
    </span>
  )
}

async function download(model: string, path: string): Promise<void> {
  const response = await ask(path, { accept: 'text/csv' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = `${model}-history.csv`
  link.click()
  URL.revokeObjectURL(link.href)
}
