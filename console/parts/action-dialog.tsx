import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Refusal, read } from '../api.ts'
import { keepFocus } from '../navigation.ts'
import { RefusalNotice } from './notice.tsx'

export interface ActionProps {
  readonly title: string
  /** The word on the button. */
  readonly verb: string
  readonly danger?: boolean
  readonly method?: 'POST' | 'DELETE'
  readonly path: string
  /** What is asked, its reason aside. */
  readonly body: Readonly<Record<string, unknown>>
  /** Whether the API is asked first what it would do. @default true */
  readonly tries?: boolean
  /** Further questions. */
  readonly children?: ComponentChildren
  /** @param answer of the API; undefined where nothing was done */
  readonly onClose: (answer?: unknown) => void
}

/** An action with its reason. What it would do is asked of the API before it can be done, and what it refuses cannot. */
export function ActionDialog(props: ActionProps) {
  const { title, verb, danger = false, method = 'POST', path, body, tries = true, children, onClose } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  const [refusal, setRefusal] = useState<Refusal>()
  const [isAsking, setAsking] = useState(false)
  const trial = useTrial(tries ? path : undefined, method, body)
  useEffect(() => {
    const shown = dialog.current
    const opener = document.activeElement
    shown?.showModal()
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
      keepFocus()
    }
  }, [])
  const act = async (event: Event) => {
    event.preventDefault()
    setAsking(true)
    try {
      onClose(await read(path, { method, body: { ...body, reason: reason.trim() } }))
    } catch (error) {
      if (error instanceof Refusal) setRefusal(error)
    } finally {
      setAsking(false)
    }
  }
  const shown = refusal ?? trial.refusal
  const isReady = reason.trim() !== '' && !isAsking && (!tries || trial.would !== undefined)
  return (
    <dialog ref={dialog} aria-labelledby="action-title" onClose={() => onClose()}>
      <form onSubmit={act}>
        <h2 id="action-title">{title}</h2>
        {children}
        {trial.would !== undefined && (
          <p class="would">
            <bdi>{trial.would}</bdi>
          </p>
        )}
        {shown !== undefined && <RefusalNotice refusal={shown} />}
        <label for="reason">Why? It stands in the history for ever.</label>
        <textarea
          id="reason"
          rows={3}
          maxLength={500}
          required
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <div class="buttons">
          <button type="submit" class={danger ? 'primary danger' : 'primary'} disabled={!isReady}>
            {verb}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
        </div>
      </form>
    </dialog>
  )
}

/** What the API says it would do. */
function useTrial(
  path: string | undefined,
  method: 'POST' | 'DELETE',
  body: Readonly<Record<string, unknown>>,
) {
  const [trial, setTrial] = useState<{ would?: string; refusal?: Refusal }>({})
  const asked = JSON.stringify(body)
  useEffect(() => {
    setTrial({})
    if (path === undefined) return
    const leaving = new AbortController()
    const sent = { ...JSON.parse(asked), reason: 'to see what it would do', dryRun: true }
    read<{ would: string }>(path, { method, body: sent, signal: leaving.signal }).then(
      ({ would }) => setTrial({ would }),
      (error) => {
        if (error instanceof Refusal) setTrial({ refusal: error })
      },
    )
    return () => leaving.abort()
  }, [path, method, asked])
  return trial
}
