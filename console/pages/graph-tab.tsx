import { useState } from 'preact/hooks'
import type { GraphRecord } from '../../lib/rules/graph/graph-definition.ts'
import type { GraphFlow } from '../../lib/rules/graph/graph-flow.ts'
import { GraphDrawing, type NodeStanding } from '../parts/graph-drawing.tsx'
import { Loading, RefusalNotice } from '../parts/notice.tsx'
import { useReading } from '../reading.ts'
import { counted } from '../view/figures.ts'
import { to } from '../view/places.ts'
import type { ModelDetails } from '../view/version-rows.ts'

interface GraphVersion {
  readonly graph?: GraphRecord
  readonly flow?: GraphFlow
  readonly nodes?: Readonly<Record<string, NodeStanding>>
}

const everyMs = 5000

/** What a graph is made of, version by version. */
export function GraphTab({ details }: { readonly details: ModelDetails }) {
  const { model, aliases } = details
  const graphs = details.versions.filter(({ graph }) => graph === true)
  const live = graphs.find(({ version }) => version === aliases['live']?.stable)
  const [chosen, setChosen] = useState((live ?? graphs[0])?.version)
  const path = chosen && `/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(chosen)}`
  const { data, refusal, again } = useReading<GraphVersion>(path, { everyMs, on: () => false })
  if (chosen === undefined) return <p class="empty">No version of it is a graph.</p>
  return (
    <section>
      <div class="target">
        <label for="version">Version</label>
        <select id="version" value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {graphs.map(({ version }) => (
            <option key={version}>{version}</option>
          ))}
        </select>
        {data?.graph !== undefined && (
          <p class="aside">
            asks {counted(data.graph.asks, 'model')}
            {data.graph.depth > 1 && `, ${data.graph.depth} graphs deep`}; the figures are of the last call of
            each. <a href={to.model(model, 'try')}>Try it</a> shows one call as it went.
          </p>
        )}
      </div>
      {refusal !== undefined && <RefusalNotice refusal={refusal} again={again} />}
      {data?.graph === undefined || data.flow === undefined ? (
        refusal === undefined && <Loading what="the graph" />
      ) : (
        <>
          <GraphDrawing graph={data.graph} flow={data.flow} nodes={data.nodes ?? {}} />
          <p class="aside answers">
            answers <code>{data.graph.definition.output}</code>
          </p>
        </>
      )}
    </section>
  )
}
