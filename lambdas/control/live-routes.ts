import type { Hono } from 'hono'
import { type Grant, maySee } from '../../lib/rules/access.ts'
import { liveEvent, sentEvent, stillThere } from '../../lib/rules/live-event.ts'
import type { PublishedEvent } from '../../lib/rules/platform-event.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { rightsOf } from '../../lib/rules/rights.ts'
import { sliceMs } from '../../lib/rules/traffic.ts'
import { servingSeries } from '../../lib/wiring/serving-series.ts'
import type { Ports, TrafficBook } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { knownModel } from './asked.ts'

/** Where a world tells what happens while connections are open. */
export interface LiveEvents {
  /** @returns what ends it */
  listen(listener: (event: PublishedEvent) => void): () => void
  /** No connection outlives this. */
  readonly ended: AbortSignal
}

const stillThereEveryMs = 15_000

/** What a page that is open shows: how often models are called now, and what happens to them. */
export function liveRoutes(app: Hono<Door>, ports: Ports, live: LiveEvents | undefined): void {
  const { registry } = ports

  app.get('/traffic', (context) => {
    const models = bookOf(ports)
      .recent()
      .filter(({ model }) => maySee(context.env.grants, model))
    return context.json({ sliceSeconds: sliceMs / 1000, models })
  })

  app.get('/models/:model/traffic', async (context) => {
    const book = bookOf(ports)
    const name = await knownModel(registry, context.req.param('model'))
    const { model = name, versions = [] } = book.recent().find((one) => one.model === name) ?? {}
    return context.json({ sliceSeconds: sliceMs / 1000, model, versions })
  })

  app.get('/models/:model/rights', async (context) => {
    const model = await knownModel(registry, context.req.param('model'))
    const { actor, grants } = context.env
    const { aliases = {} } = (await registry.model(model)) ?? {}
    const rights = rightsOf(actor, grants, model, [...new Set(['live', ...Object.keys(aliases)])])
    return context.json({ ...rights, shadows: ports.shadows !== undefined })
  })

  app.get('/events', (context) => {
    if (live === undefined)
      throw new Problem(
        'events-elsewhere',
        'the events of this platform are on its event bus (docs/events.md); no connection of its gateway stays open',
      )
    const headers = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }
    return context.body(eventStream(live, context.env.grants), 200, headers)
  })
}

/** @throws Problem `traffic-elsewhere` */
function bookOf({ traffic, settings }: Ports): TrafficBook {
  if (traffic !== undefined) return traffic
  throw new Problem(
    'traffic-elsewhere',
    `this platform counts its calls in CloudWatch: see its dashboard, or the namespace ${shown(servingSeries.namespace)} under ${servingSeries.platformDimension} ${shown(settings.platform)}`,
  )
}

/** What happens to the models that a caller may see, until it goes or the platform does. */
function eventStream(live: LiveEvents, grants: readonly Grant[] | undefined): ReadableStream<Uint8Array> {
  const text = new TextEncoder()
  let leave = () => {}
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const say = (said: string) => {
          // Who does not read what it is told is not told more: it will ask for all of it when it comes back.
          if ((controller.desiredSize ?? 0) <= 0) end()
          else controller.enqueue(text.encode(said))
        }
        const still = setInterval(() => say(stillThere), stillThereEveryMs)
        const silence = live.listen((event) => {
          const told = liveEvent(event)
          const isSeen = told.model === undefined ? grants === undefined : maySee(grants, told.model)
          if (isSeen) say(sentEvent(told))
        })
        const end = () => {
          leave()
          controller.close()
        }
        leave = () => {
          clearInterval(still)
          silence()
          live.ended.removeEventListener('abort', end)
        }
        live.ended.addEventListener('abort', end)
        say(stillThere)
      },
      cancel() {
        leave()
      },
    },
    { highWaterMark: 1000 },
  )
}
