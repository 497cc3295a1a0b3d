import type { PublishedEvent } from './platform-event.ts'

/** What happened, as a page that is open hears it: enough to know what to read anew, and a sentence. */
export interface LiveEvent {
  readonly type: PublishedEvent['detail-type']
  /** RFC 3339, UTC. */
  readonly at: string
  readonly message: string
  readonly model?: string
  readonly version?: string
  readonly alias?: string
  readonly operation?: string
}

const told = ['model', 'version', 'alias', 'operation'] as const

/** The part of an event that is told to whoever listens. Who did it and why stands in the history, with its own rights. */
export function liveEvent({ 'detail-type': type, time, detail }: PublishedEvent): LiveEvent {
  const known = told.filter((name) => typeof detail[name] === 'string').map((name) => [name, detail[name]])
  return { type, at: time, message: detail.message, ...Object.fromEntries(known) }
}

/** A server-sent event: JSON is one line, whatever stands in it. */
export function sentEvent(event: LiveEvent): string {
  return `event: told\ndata: ${JSON.stringify(event)}\n\n`
}

/** Keeps a connection alive that nothing is told on, and says that it is there. */
export const stillThere = ': still there\n\n'
