import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Rights } from '../../lib/rules/rights.ts'
import { describeFields, type Signature } from '../../lib/rules/signature.ts'
import { ask, Refusal } from '../api.ts'
import { CallForm } from '../parts/call-form.tsx'
import { RefusalNotice } from '../parts/notice.tsx'
import { Snippets } from '../parts/snippets.tsx'
import { Waterfall } from '../parts/waterfall.tsx'
import { callers, platformUrl } from '../platform.ts'
import { useReading } from '../reading.ts'
import { exampleIn, firstRecord, formOf, recordOf, textsOf } from '../view/call-form.ts'
import { callTrace, type TraceBar } from '../view/call-trace.ts'
import { milliseconds } from '../view/figures.ts'
import type { ModelDetails } from '../view/version-rows.ts'

interface Answer {
  readonly text: string
  readonly version: string
  readonly variant: string
  readonly ms: number
  readonly trace: readonly TraceBar[]
}

/** Ask a model something, and see the same call as a program makes it. */
export function TryTab({ details }: { readonly details: ModelDetails }) {
  const { model, aliases } = details
  const ready = details.versions.filter(({ state }) => state === 'READY')
  const [target, setTarget] = useState(aliases['live'] === undefined ? `versions/${ready[0]?.version}` : '')
  const version = versionAt(target, aliases) ?? ready[0]?.version
  const path = version && `/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}`
  const rights = useReading<Rights>(`/models/${encodeURIComponent(model)}/rights`, { on: () => false })
  const known = useReading<{ signature?: Signature }>(path, { on: () => false })
  const openApi = useReading<unknown>(path && `${path}/openapi.json`, { on: () => false })
  if (version === undefined) return <p class="empty">No version is ready yet.</p>
  const example = openApi.data === undefined ? undefined : exampleIn(openApi.data)
  return (
    <section class="try">
      <div class="target">
        <label for="target">Ask</label>
        <select id="target" value={target} onChange={(event) => setTarget(event.currentTarget.value)}>
          {Object.keys(aliases).map((name) => (
            <option key={name} value={name === 'live' ? '' : `aliases/${name}`}>
              {name}
            </option>
          ))}
          {ready.map((one) => (
            <option key={one.version} value={`versions/${one.version}`}>
              {one.version}
            </option>
          ))}
        </select>
        {known.data?.signature !== undefined && (
          <p class="aside">
            takes <bdi>{describeFields(known.data.signature.inputs)}</bdi>; answers{' '}
            <bdi>{describeFields(known.data.signature.outputs)}</bdi>
          </p>
        )}
      </div>
      {known.data !== undefined && (openApi.data !== undefined || openApi.refusal !== undefined) && (
        <Calling
          key={`${version} ${target}`}
          place={`/models/${model}${target === '' ? '' : `/${target}`}/invocations`}
          signature={known.data.signature}
          example={example}
          mayInvoke={rights.data?.invoke === true}
        />
      )}
      {known.refusal !== undefined && <RefusalNotice refusal={known.refusal} />}
    </section>
  )
}

function versionAt(target: string, aliases: ModelDetails['aliases']): string | undefined {
  if (target.startsWith('versions/')) return target.slice('versions/'.length)
  return aliases[target === '' ? 'live' : target.slice('aliases/'.length)]?.stable
}

interface CallingProps {
  readonly place: string
  readonly signature: Signature | undefined
  readonly example: unknown
  readonly mayInvoke: boolean
}

function Calling({ place, signature, example, mayInvoke }: CallingProps) {
  const fields = useMemo(() => signature && formOf(signature), [signature])
  const [texts, setTexts] = useState(() => textsOf(fields ?? [], firstRecord(example)))
  const [json, setJson] = useState(() => JSON.stringify(firstRecord(example) ?? {}, null, 2))
  const [answer, setAnswer] = useState<Answer>()
  const [refusal, setRefusal] = useState<Refusal>()
  const body = fields === undefined ? parsed(json) : [recordOf(fields, texts)]
  useEffect(() => setRefusal(undefined), [texts, json])
  const send = async (event: Event) => {
    event.preventDefault()
    setAnswer(undefined)
    const began = performance.now()
    try {
      const response = await ask(place, { method: 'POST', body })
      setRefusal(undefined)
      setAnswer({
        text: JSON.stringify(await response.json(), null, 2),
        version: response.headers.get('model-version') ?? '',
        variant: response.headers.get('model-variant') ?? '',
        ms: performance.now() - began,
        trace: callTrace(response.headers.get('server-timing')),
      })
    } catch (error) {
      if (error instanceof Refusal) setRefusal(error)
    }
  }
  return (
    <div class="columns">
      <form onSubmit={send}>
        {fields === undefined ? (
          <>
            <label for="json">One record, or what else the model takes, as JSON</label>
            <textarea
              id="json"
              class="code"
              rows={12}
              spellcheck={false}
              value={json}
              onInput={(event) => setJson(event.currentTarget.value)}
            />
          </>
        ) : (
          <CallForm fields={fields} texts={texts} onChange={setTexts} />
        )}
        <div class="buttons">
          <button type="submit" class="primary" disabled={!mayInvoke || body === undefined}>
            Ask
          </button>
          {!mayInvoke && <p class="aside">Your key may not ask this model.</p>}
          {body === undefined && <p class="bad">This is no JSON.</p>}
        </div>
        <div aria-live="polite">
          {answer !== undefined && (
            <>
              <p class="aside">
                <span class="version">{answer.version}</span> as {answer.variant}, in{' '}
                {milliseconds(answer.ms)}
              </p>
              <pre class="answer">{answer.text}</pre>
              <Waterfall bars={answer.trace} />
            </>
          )}
          {refusal !== undefined && <RefusalNotice refusal={refusal} />}
        </div>
      </form>
      {body !== undefined && (
        <Snippets call={{ url: `${platformUrl()}${place}`, body, callers: callers() }} />
      )}
    </div>
  )
}

function parsed(json: string): unknown {
  try {
    const value = JSON.parse(json)
    return Array.isArray(value) || typeof value !== 'object' ? [value] : value
  } catch {
    return undefined
  }
}
