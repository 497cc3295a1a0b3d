import { Loading, RefusalNotice } from '../parts/notice.tsx'
import { useReading } from '../reading.ts'
import { counted } from '../view/figures.ts'
import { type MetricView, type ModelQuality, metricViews } from '../view/quality-view.ts'
import type { ModelDetails } from '../view/version-rows.ts'

/** How good predictions were, as far as anybody has told, version against version. */
export function QualityTab({ details }: { readonly details: ModelDetails }) {
  const path = `/models/${encodeURIComponent(details.model)}/quality`
  const { data, refusal, again } = useReading<ModelQuality>(path, { everyMs: 30_000 })
  if (refusal !== undefined) return <RefusalNotice refusal={refusal} again={again} />
  if (data === undefined) return <Loading what="quality" />
  const metrics = metricViews(data)
  if (metrics.length === 0)
    return (
      <section class="empty">
        <h2>Nobody has told yet</h2>
        <p>What predictions of recorded calls turned out to be is told by their X-Request-Id:</p>
        <pre>{`sluice feedback ${details.model} outcomes.csv`}</pre>
      </section>
    )
  return (
    <section>
      <p class="aside">
        With intervals of 95 %.
        {data.unmatched > 0 && ` ${counted(data.unmatched, 'row')} of feedback fit no recorded call.`}
      </p>
      <div class="metrics">
        {metrics.map((metric) => (
          <Metric key={`${metric.output} ${metric.metric}`} metric={metric} />
        ))}
      </div>
    </section>
  )
}

function Metric({ metric: { output, metric, better, lines } }: { readonly metric: MetricView }) {
  return (
    <section>
      <h2>
        {metric}{' '}
        <span class="aside">
          of <bdi>{output}</bdi>; better is {better}
        </span>
      </h2>
      {lines.map(({ version, text, pairs, at, from, to }) => (
        <div key={version} class="interval">
          <span class="version">{version}</span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <line class="base" x1="0" x2="100" y1="5" y2="5" />
            <line class="span" x1={100 * from} x2={100 * to} y1="5" y2="5" />
            <line class="dot" x1={100 * at} x2={100 * at} y1="0.5" y2="9.5" />
          </svg>
          <span class="figure">{text}</span>
          <span class="aside">{counted(pairs, 'call')}</span>
        </div>
      ))}
    </section>
  )
}
