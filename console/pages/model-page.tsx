import type { Refusal } from '../api.ts'
import { Loading, RefusalNotice } from '../parts/notice.tsx'
import { useReading } from '../reading.ts'
import { type ModelTab, modelTabs, to } from '../view/places.ts'
import type { ModelDetails } from '../view/version-rows.ts'
import { CompareTab } from './compare-tab.tsx'
import { DriftTab } from './drift-tab.tsx'
import { GraphTab } from './graph-tab.tsx'
import { HistoryTab } from './history-tab.tsx'
import { OverviewTab } from './overview-tab.tsx'
import { QualityTab } from './quality-tab.tsx'
import { TryTab } from './try-tab.tsx'

const tabWords: Readonly<Record<ModelTab, string>> = {
  overview: 'Overview',
  graph: 'Graph',
  try: 'Try it',
  history: 'History',
  drift: 'Drift',
  quality: 'Quality',
  compare: 'Compare',
}

/** One model, and the ways into it. */
export function ModelPage({ model, tab }: { readonly model: string; readonly tab: ModelTab }) {
  const path = `/models/${encodeURIComponent(model)}`
  const details = useReading<ModelDetails>(path, { on: (event) => event.model === model })
  return (
    <article>
      <header class="model-heading">
        <p class="aside">
          <a href={to.models}>Models</a>
        </p>
        <h1>
          <bdi>{model}</bdi>
        </h1>
        {details.data !== undefined && <Serves details={details.data} />}
      </header>
      <nav class="tabs" aria-label="Pages of the model">
        {tabsOf(details.data).map((one) => (
          <a key={one} href={to.model(model, one)} aria-current={one === tab ? 'page' : undefined}>
            {tabWords[one]}
          </a>
        ))}
      </nav>
      <Body details={details.data} refusal={details.refusal} again={details.again} tab={tab} />
    </article>
  )
}

/** A model that is no graph has no page for that. */
function tabsOf(details: ModelDetails | undefined): readonly ModelTab[] {
  const isGraph = details?.versions.some(({ graph }) => graph === true) === true
  return modelTabs.filter((one) => one !== 'graph' || isGraph)
}

function Serves({ details: { aliases } }: { readonly details: ModelDetails }) {
  const live = aliases['live']
  if (live === undefined) return <p class="aside">Nothing is live yet.</p>
  return (
    <p>
      <span class="version">{live.stable}</span> <span class="aside">is live</span>
      {live.canary !== undefined && (
        <>
          <span class="aside"> · </span>
          <span class="version">{live.canary.version}</span>{' '}
          <span class="aside">gets {live.canary.weightPercent} %</span>
        </>
      )}
    </p>
  )
}

interface BodyProps {
  readonly details: ModelDetails | undefined
  readonly refusal: Refusal | undefined
  readonly again: () => void
  readonly tab: ModelTab
}

function Body({ details, refusal, again, tab }: BodyProps) {
  if (details === undefined)
    return refusal === undefined ? (
      <Loading what="the model" />
    ) : (
      <RefusalNotice refusal={refusal} again={again} />
    )
  switch (tab) {
    case 'overview':
      return <OverviewTab details={details} />
    case 'graph':
      return <GraphTab details={details} />
    case 'try':
      return <TryTab details={details} />
    case 'history':
      return <HistoryTab details={details} />
    case 'drift':
      return <DriftTab details={details} />
    case 'quality':
      return <QualityTab details={details} />
    case 'compare':
      return <CompareTab details={details} />
  }
}
