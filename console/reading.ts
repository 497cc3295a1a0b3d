import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { LiveEvent } from '../lib/rules/live-event.ts'
import { Refusal, read } from './api.ts'
import { live, useLive } from './live.ts'

/** A document of the API as it stands, or why there is none. */
export interface Reading<Document> {
  readonly data?: Document
  readonly refusal?: Refusal
  /** Read it now. */
  readonly again: () => void
}

export interface ReadingProps<Document> {
  /** How it is read. @default as one document of JSON */
  readonly by?: (path: string) => Promise<Document>
  /** Read again after so long, while the page is looked at. @default never */
  readonly everyMs?: number | undefined
  /** Read again when something happens that it may tell of. @default when anything does */
  readonly on?: (event: LiveEvent) => boolean
}

/** Where a platform cannot tell what happens, what would be told is asked for. */
const askEveryMs = 5000

/** Read a document, and keep it as it is by now. @param path undefined reads nothing */
export function useReading<Document>(
  path: string | undefined,
  { everyMs, on, by = read }: ReadingProps<Document> = {},
): Reading<Document> {
  const [state, setState] = useState<{ path?: string; data?: Document; refusal?: Refusal }>({})
  const heeds = useRef(on)
  heeds.current = on
  const under = useRef<{ readonly path: string; isLate: boolean }>(undefined)
  const again = useCallback(() => {
    if (path === undefined) return
    // Asked for while it is on its way, it is read once more, however much happens meanwhile.
    if (under.current?.path === path) {
      under.current.isLate = true
      return
    }
    const reading = { path, isLate: false }
    under.current = reading
    const ended = () => {
      if (under.current !== reading) return
      under.current = undefined
      if (reading.isLate) again()
    }
    by(path)
      .then(
        (data) => setState({ path, data }),
        (error) => {
          if (!(error instanceof Refusal)) throw error
          // What was known stays to be seen while nobody answers.
          setState((known) => ({
            ...(known.path === path && error.status === 0 && known),
            path,
            refusal: error,
          }))
        },
      )
      .finally(ended)
  }, [path])
  // It may turn out after the first reading that the platform does not tell.
  const isAsked = useLive(({ connection }) => connection === 'asking')
  useEffect(() => again(), [again])
  useEffect(() => {
    const everyOr = everyMs ?? (isAsked ? askEveryMs : undefined)
    const timer =
      everyOr === undefined
        ? undefined
        : setInterval(() => {
            if (document.visibilityState === 'visible') again()
          }, everyOr)
    const silence = live.listen((event) => {
      if (event === undefined || (heeds.current?.(event) ?? true)) again()
    })
    return () => {
      clearInterval(timer)
      silence()
    }
  }, [again, everyMs, isAsked])
  const { data, refusal } = state.path === path ? state : {}
  return { again, ...(data !== undefined && { data }), ...(refusal !== undefined && { refusal }) }
}

/** The time now, anew every second or so: for what is told as "3 s ago". */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
