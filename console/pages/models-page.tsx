import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ModelTraffic } from '../../lib/rules/traffic.ts'
import { ModelsTable } from '../parts/models-table.tsx'
import { Loading, RefusalNotice } from '../parts/notice.tsx'
import { useReading } from '../reading.ts'
import { counted } from '../view/figures.ts'
import { foundRows, type ModelSummary, modelRows, totals } from '../view/model-rows.ts'

export interface TrafficOfModels {
  readonly models: readonly ModelTraffic[]
}

const trafficEveryMs = 5000

/** Every model: what serves, how it does, and what is about it. */
export function ModelsPage() {
  const models = useReading<{ readonly models: readonly ModelSummary[] }>('/models')
  const traffic = useReading<TrafficOfModels>('/traffic', { everyMs: trafficEveryMs, on: () => false })
  const [sought, setSought] = useState('')
  const rows = useMemo(
    () => modelRows(models.data?.models ?? [], traffic.data?.models ?? []),
    [models.data, traffic.data],
  )
  const found = useMemo(() => foundRows(rows, sought), [rows, sought])
  if (models.data === undefined)
    return models.refusal === undefined ? (
      <Loading what="models" />
    ) : (
      <RefusalNotice refusal={models.refusal} again={models.again} />
    )
  if (rows.length === 0) return <NoModels />
  const { models: all, requests } = totals(rows)
  return (
    <section>
      <div class="heading">
        <h1>Models</h1>
        <p class="aside">
          {counted(all, 'model')}
          {traffic.data !== undefined && ` · ${counted(requests, 'call')} in ten minutes`}
        </p>
        <Search value={sought} onInput={setSought} />
      </div>
      <p class="hidden" role="status">
        {sought !== '' && `${counted(found.length, 'model')} found`}
      </p>
      {found.length === 0 ? (
        <p class="empty">
          No model has <bdi>“{sought}”</bdi> in its name, its versions or its condition.
        </p>
      ) : (
        <ModelsTable rows={found} hasTraffic={traffic.data !== undefined} />
      )}
    </section>
  )
}

/** `/` leads here from anywhere on the page. */
function Search({ value, onInput }: { readonly value: string; readonly onInput: (value: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const seek = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      field.current?.focus()
    }
    document.addEventListener('keydown', seek)
    return () => document.removeEventListener('keydown', seek)
  }, [])
  return (
    <input
      ref={field}
      class="search"
      type="search"
      placeholder="Search   /"
      aria-label="Search models"
      aria-keyshortcuts="/"
      spellcheck={false}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  )
}

function NoModels() {
  return (
    <section class="empty">
      <h1>No models yet</h1>
      <p>Push one, and it stands here while it is being released:</p>
      <pre>sluice push PATH</pre>
      <p class="aside">
        Or copy a file into the store as <code>models/NAME/VERSION.onnx</code>.
      </p>
    </section>
  )
}
