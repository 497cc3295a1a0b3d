import { useState } from 'preact/hooks'
import { BarPairs } from '../parts/bar-pairs.tsx'
import { Heads } from '../parts/heads.tsx'
import { Loading, RefusalNotice } from '../parts/notice.tsx'
import { useReading } from '../reading.ts'
import {
  barsOf,
  columnsOf,
  type DriftStandingView,
  standingSentence,
  strengthsOf,
  windowTone,
} from '../view/drift-view.ts'
import { counted, moment } from '../view/figures.ts'
import { sparkline } from '../view/sparkline.ts'
import type { ModelDetails } from '../view/version-rows.ts'

const everyMs = 30_000

/** How what is sent to a model differs from what it was trained on. */
export function DriftTab({ details }: { readonly details: ModelDetails }) {
  const path = `/models/${encodeURIComponent(details.model)}/drift`
  const all = useReading<{ versions: readonly DriftStandingView[] }>(path, { everyMs })
  const [chosen, setChosen] = useState<string>()
  const versions = all.data?.versions ?? []
  const live = details.aliases['live']?.stable
  const version = chosen ?? (versions.find((one) => one.version === live) ?? versions[0])?.version
  const one = useReading<{ versions: readonly DriftStandingView[] }>(
    version && `${path}?version=${encodeURIComponent(version)}`,
    { everyMs },
  )
  const refusal = all.refusal ?? one.refusal
  if (refusal !== undefined) return <RefusalNotice refusal={refusal} again={all.again} />
  if (all.data === undefined) return <Loading what="drift" />
  if (version === undefined) return <NotRecorded />
  const standing = one.data?.versions[0]
  return (
    <section class="drift">
      <div class="heading">
        <label for="drift-version">Version</label>
        <select id="drift-version" value={version} onChange={(event) => setChosen(event.currentTarget.value)}>
          {versions.map((known) => (
            <option key={known.version}>{known.version}</option>
          ))}
        </select>
      </div>
      {standing === undefined ? <Loading what="the version" /> : <Standing standing={standing} />}
    </section>
  )
}

const [width, height] = [120, 34]

/** How far from its baseline a column was, window by window, and where that counts as drifted. */
function Threshold({ strengths }: { readonly strengths: readonly number[] }) {
  // Where it counts is always in the picture, a little below its top.
  const most = Math.max(1.25, ...strengths)
  const drawn = sparkline(strengths, width, height, most)
  if (drawn === undefined) return null
  const bound = height - 1 - (height - 2) / most
  const last = strengths.at(-1) ?? 0
  return (
    <svg
      class={last >= 1 ? 'spark bad' : 'spark'}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Window by window; now ${last.toFixed(1)} times where it counts as drifted`}
    >
      <line x1="0" x2={width} y1={bound} y2={bound} class="bound" />
      <path d={drawn.line} class="line" />
    </svg>
  )
}

function NotRecorded() {
  return (
    <section class="empty">
      <h2>Nothing is recorded</h2>
      <p>Drift is found in what callers send. Record a part of it, in the manifest of the next version:</p>
      <pre>{'capture: {samplePercent: 10}'}</pre>
    </section>
  )
}

function Standing({ standing }: { readonly standing: DriftStandingView }) {
  const { series, samplePercent, everyMinutes, baseline, notices, leftOut = [], latest } = standing
  return (
    <>
      <p class="sentence">
        <bdi>{standingSentence(standing)}</bdi>
      </p>
      <p class="aside">
        {samplePercent} % of the calls are recorded, and looked at every {everyMinutes} minutes; the baseline
        is {baseline.kind}, of {counted(baseline.rows, 'row')}.
      </p>
      <ol class="windows" aria-label="Windows, the oldest first">
        {series.map((one) => (
          <li key={one.start} class={windowTone(one)} title={`${moment(one.start)}: ${one.sentence}`}>
            <span class="hidden">
              {moment(one.start)}: <bdi>{one.sentence}</bdi>
            </span>
          </li>
        ))}
      </ol>
      <Columns latest={latest} series={series} />
      {notices.length > 0 && (
        <>
          <h2>What was told</h2>
          <ul class="told">
            {notices.toReversed().map(({ id, kind, toldAt, sentence, answeredBy = [] }) => (
              <li key={id}>
                <span class={`badge ${kind === 'ended' ? '' : 'warn'}`}>{kind}</span> <bdi>{sentence}</bdi>{' '}
                <span class="aside">
                  {moment(toldAt)}
                  {answeredBy.length > 0 && `, answered by ${answeredBy.join(', ')}`}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {leftOut.map((one) => (
        <p key={one} class="aside">
          <bdi>{one}</bdi>
        </p>
      ))}
    </>
  )
}

interface ColumnsProps {
  readonly latest: DriftStandingView['latest'] | undefined
  readonly series: DriftStandingView['series']
}

function Columns({ latest, series }: ColumnsProps) {
  const columns = columnsOf(latest)
  if (columns.length === 0) return null
  return (
    <>
      <h2>
        Columns <span class="aside">baseline and now, in the window of {moment(latest?.start)}</span>
      </h2>
      <table class="stacked">
        <Heads of={['Column', 'Baseline and now', 'Over time', 'In words']} />
        <tbody>
          {columns.slice(0, 60).map(({ name, side, verdict, sentence, bins }) => (
            <tr key={`${side} ${name}`}>
              <th scope="row">
                <bdi>{name}</bdi>{' '}
                <span class={`badge ${verdict === 'drifted' ? 'warn' : ''}`}>{verdict}</span>
                {side === 'output' && <p class="aside">answered</p>}
              </th>
              <td class="bars">
                <BarPairs bars={barsOf(bins)} name={name} />
              </td>
              <td class="over-time">
                <Threshold strengths={strengthsOf(series, { name, side })} />
              </td>
              <td>
                <bdi>{sentence}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
