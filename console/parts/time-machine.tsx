import { useState } from 'preact/hooks'
import type { ServedThen } from '../../lib/rules/history-served.ts'
import { Refusal, read } from '../api.ts'
import { moment } from '../view/figures.ts'
import { servedViews } from '../view/history-view.ts'
import { RefusalNotice } from './notice.tsx'

/** What a model served at a moment, and how that came about. */
export function TimeMachine({ model }: { readonly model: string }) {
  const [at, setAt] = useState('')
  const [then, setThen] = useState<ServedThen>()
  const [refusal, setRefusal] = useState<Refusal>()
  const look = async (event: Event) => {
    event.preventDefault()
    setRefusal(undefined)
    try {
      const moment = new Date(at).toISOString()
      setThen(await read(`/models/${encodeURIComponent(model)}/history?at=${encodeURIComponent(moment)}`))
    } catch (error) {
      setThen(undefined)
      if (error instanceof Refusal) setRefusal(error)
    }
  }
  return (
    <section class="time-machine">
      <h2>
        <label for="at">What served then?</label>
      </h2>
      <form onSubmit={look}>
        <input
          id="at"
          type="datetime-local"
          step="1"
          required
          value={at}
          onInput={(event) => setAt(event.currentTarget.value)}
        />
        <button type="submit">Look</button>
      </form>
      {refusal !== undefined && <RefusalNotice refusal={refusal} />}
      <div aria-live="polite">{then !== undefined && <Served then={then} />}</div>
    </section>
  )
}

function Served({ then }: { readonly then: ServedThen }) {
  const served = servedViews(then)
  if (served.length === 0)
    return <p>Nothing{then.begins !== undefined && `: its history begins ${moment(then.begins.at)}`}.</p>
  return (
    <ul class="served">
      {served.map(({ alias, version, share, since, by, why, until, git, artifact }) => (
        <li key={`${alias} ${version}`}>
          <p>
            {alias} <span class="version">{version}</span> <span class="aside">{share}</span>
          </p>
          <p class="aside">
            since {moment(since)} by <bdi>{by}</bdi>: <bdi>{why}</bdi>
          </p>
          <p class="aside">
            {until === undefined ? 'still so' : `until ${moment(until)}`}
            {git !== undefined && (
              <>
                , from <code>{git.slice(0, 12)}</code>
              </>
            )}
            {artifact !== undefined && (
              <>
                , <code>{artifact.slice(0, 19)}</code>
              </>
            )}
          </p>
        </li>
      ))}
    </ul>
  )
}
