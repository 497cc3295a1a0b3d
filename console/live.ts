import { useEffect, useState } from 'preact/hooks'
import type { LiveEvent } from '../lib/rules/live-event.ts'
import { ask, Refusal } from './api.ts'
import { Frames } from './view/sse-frames.ts'

/** `live`: told as it happens. `asking`: a platform that cannot tell is asked again and again. `away`: it does not answer. */
export type Connection = 'connecting' | 'live' | 'asking' | 'away' | 'signed-out'

type Listener = (event: LiveEvent | undefined) => void

const againMs = 2000

/** Whether it is not known who asks: an HTTP API of AWS answers 403 to those, and nothing that is ours. */
function isUnknown({ status, code }: Refusal): boolean {
  return status === 401 || code === 'http-403'
}

/** What happens on the platform, over one connection for the whole page. */
class Live {
  connection: Connection = 'connecting'
  latest: LiveEvent | undefined
  readonly #listeners = new Set<Listener>()
  #ending = new AbortController()

  /** Hear every event; and of undefined, where much may have happened unheard: read everything anew. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Connect, and stay connected while the page is looked at: a browser has six connections to a place, for all its tabs.
   * Called again, it begins anew: another caller may hear other things.
   */
  start(): void {
    this.#ending.abort()
    this.#ending = new AbortController()
    document.onvisibilitychange = () => this.start()
    if (document.visibilityState === 'visible') void this.#stay(this.#ending.signal)
    else if (this.connection === 'live') this.#become('away')
  }

  async #stay(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#hear(signal)
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof Refusal && error.code === 'events-elsewhere') return this.#become('asking')
        if (error instanceof Refusal && isUnknown(error)) return this.#become('signed-out')
        // The connection is there, and what is refused on it says why.
        if (error instanceof Refusal && error.code === 'access-refused') return this.#become('asking')
        this.#become('away')
      }
      await new Promise((again) => setTimeout(again, againMs))
    }
  }

  async #hear(signal: AbortSignal): Promise<void> {
    const { body } = await ask('/events', { signal, accept: 'text/event-stream' })
    if (body === null) return
    const wasAway = this.connection === 'away'
    this.#become('live')
    if (wasAway) this.#tell(undefined)
    const frames = new Frames()
    const reader = body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { value, done } = await reader.read()
      if (done) break
      for (const { event, data } of frames.take(value)) if (event === 'told') this.#tell(JSON.parse(data))
    }
    this.#become('away')
  }

  #become(connection: Connection): void {
    if (connection === this.connection) return
    this.connection = connection
    for (const listener of this.#listeners) listener(undefined)
  }

  #tell(event: LiveEvent | undefined): void {
    if (event !== undefined) this.latest = event
    for (const listener of this.#listeners) listener(event)
  }
}

export const live = new Live()

/** What of it a part of the page shows, as it changes. */
export function useLive<Seen>(see: (of: Live) => Seen): Seen {
  const [seen, setSeen] = useState(() => see(live))
  useEffect(() => {
    const look = () => setSeen(see(live))
    // Something may have happened since it was drawn.
    look()
    return live.listen(look)
  }, [])
  return seen
}
