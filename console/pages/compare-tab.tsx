import { useState } from 'preact/hooks'
import type { Rights } from '../../lib/rules/rights.ts'
import { Refusal, read } from '../api.ts'
import { ComparisonFound, type KeptComparison } from '../parts/comparison-found.tsx'
import { RefusalNotice } from '../parts/notice.tsx'
import { useTraffic } from '../parts/traffic-charts.tsx'
import { useReading } from '../reading.ts'
import { factLines, type VersionFacts } from '../view/compare-view.ts'
import type { ModelDetails } from '../view/version-rows.ts'

/** Two versions beside each other: what they are, how they do, and what they answer to the same. */
export function CompareTab({ details }: { readonly details: ModelDetails }) {
  const ready = details.versions.filter(({ state }) => state === 'READY').map(({ version }) => version)
  const live = details.aliases['live']?.stable ?? ready[0]
  const [a, setA] = useState(live)
  const [b, setB] = useState(ready.find((version) => version !== live))
  if (a === undefined || b === undefined)
    return <p class="empty">There is one version only that is ready: nothing to compare it with.</p>
  const choice = (id: string, words: string, value: string, put: (version: string) => void) => (
    <>
      <label for={id}>{words}</label>
      <select id={id} value={value} onChange={(event) => put(event.currentTarget.value)}>
        {ready.map((version) => (
          <option key={version}>{version}</option>
        ))}
      </select>
    </>
  )
  return (
    <section class="compare">
      <div class="target">
        {choice('a', 'Hold', b, setB)}
        {choice('b', 'to', a, setA)}
      </div>
      <Facts key={`${a} ${b}`} model={details.model} a={a} b={b} />
    </section>
  )
}

function Facts({ model, a, b }: { readonly model: string; readonly a: string; readonly b: string }) {
  const path = `/models/${encodeURIComponent(model)}`
  const never = { on: () => false }
  const [first, second] = [
    useReading<VersionFacts>(`${path}/versions/${a}`, never),
    useReading<VersionFacts>(`${path}/versions/${b}`, never),
  ]
  const rights = useReading<Rights>(`${path}/rights`, never)
  const traffic = useTraffic(model)
  if (first.data === undefined || second.data === undefined) return null
  return (
    <>
      <table class="facts-table">
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">What</span>
            </th>
            <th scope="col">{a}</th>
            <th scope="col">{b}</th>
          </tr>
        </thead>
        <tbody>
          {factLines(first.data, second.data, traffic.data?.versions ?? []).map((line) => (
            <tr key={line.what} class={line.differs ? 'differs' : ''}>
              <th scope="row">{line.what}</th>
              <td>
                <bdi>{line.a}</bdi>
              </td>
              <td>
                <bdi>{line.b}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rights.data?.own === true && <Replay path={path} a={a} b={b} />}
    </>
  )
}

function Replay({ path, a, b }: { readonly path: string; readonly a: string; readonly b: string }) {
  const [found, setFound] = useState<KeptComparison>()
  const [refusal, setRefusal] = useState<Refusal>()
  const [isAsking, setAsking] = useState(false)
  const compare = async () => {
    setAsking(true)
    setRefusal(undefined)
    try {
      setFound(await read(`${path}/comparisons`, { method: 'POST', body: { a, b } }))
    } catch (error) {
      if (error instanceof Refusal) setRefusal(error)
    } finally {
      setAsking(false)
    }
  }
  return (
    <>
      <div class="buttons">
        <button type="button" class="primary" disabled={isAsking || a === b} onClick={compare}>
          {isAsking ? 'Asking both…' : 'Ask both what was asked'}
        </button>
        <p class="aside">
          Up to 1,000 recorded requests are sent to both anew, for at most 20 s; no caller notices.
        </p>
      </div>
      {refusal !== undefined && <RefusalNotice refusal={refusal} />}
      <div aria-live="polite">{found !== undefined && <ComparisonFound comparison={found} />}</div>
    </>
  )
}
