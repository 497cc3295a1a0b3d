import { momentOf, monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'
import { LiveShadow } from './live-shadow.ts'
import type { KeptShadow, ShadowedCall, Shadows } from './shadows.ts'

type Casting = Pick<Ports, 'registry' | 'host' | 'clock' | 'random' | 'monitoring'>

/** So many calls are on their way to shadows at once; those that come meanwhile are dropped. */
const mostAtOnce = 4
/** Larger ones are dropped: a batch of thousands keeps a processor for itself. */
const mostRecords = 1000
/** What was found is written about so often. */
const keepEveryMs = 5000
/** A shadow that could not be begun is begun anew after so long. */
const againAfterMs = 5000
/** So many documents of each model are kept. */
const mostKept = 20

/** Shadows in a process that lives on after it has answered. */
export class LiveShadows implements Shadows {
  readonly #ports: Casting
  readonly #onFault: (fault: unknown) => void
  readonly #live = new Map<
    string,
    { readonly of: string; readonly shadow: Promise<LiveShadow | undefined> }
  >()
  readonly #keeping: NodeJS.Timeout
  #onTheirWay = 0

  constructor(ports: Casting, onFault: (fault: unknown) => void) {
    this.#ports = ports
    this.#onFault = onFault
    this.#keeping = setInterval(() => void this.flush(), keepEveryMs).unref()
  }

  cast(call: ShadowedCall): void {
    // In a turn of its own: the caller's answer is written first.
    setImmediate(() => void this.#cast(call).catch(this.#onFault))
  }

  async #cast(call: ShadowedCall): Promise<void> {
    const isTooMuch = this.#onTheirWay >= mostAtOnce || call.records.length > mostRecords
    if (!isTooMuch) this.#onTheirWay += 1
    try {
      const shadow = await this.#shadowOf(call)
      if (isTooMuch) shadow?.drop()
      else await shadow?.ask(call)
    } finally {
      if (!isTooMuch) this.#onTheirWay -= 1
    }
  }

  /** The one of an alias that is cast now; what was found of the one before it is kept. */
  #shadowOf(call: ShadowedCall): Promise<LiveShadow | undefined> {
    const place = `${call.model} ${call.alias}`
    const of = `${call.version} ${call.shadow.version} ${call.shadow.by}`
    const live = this.#live.get(place)
    if (live?.of === of) return live.shadow
    const shadow = LiveShadow.of(this.#ports, call).catch((fault: unknown) => {
      this.#onFault(fault)
      setTimeout(() => this.#forget(place, of), againAfterMs).unref()
      return undefined
    })
    this.#live.set(place, { of, shadow })
    if (live !== undefined) void live.shadow.then((before) => before && this.#keep(before))
    return shadow
  }

  #forget(place: string, of: string): void {
    if (this.#live.get(place)?.of === of) this.#live.delete(place)
  }

  async flush(): Promise<void> {
    for (const { shadow } of this.#live.values()) {
      const live = await shadow
      if (live !== undefined) await this.#keep(live)
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#keeping)
    await this.flush()
  }

  async #keep(live: LiveShadow): Promise<void> {
    const news = live.news()
    if (news === undefined) return
    const { model, a } = news.report
    try {
      const key = monitoringKeys.shadow(model, news.by, a, live.startedAt)
      await this.#ports.monitoring.write(key, JSON.stringify(news))
      for (const old of (await shadowKeys(this.#ports, model)).slice(mostKept))
        await this.#ports.monitoring.remove(old)
    } catch (fault) {
      live.untold()
      this.#onFault(fault)
    }
  }
}

/** The newest first. */
async function shadowKeys({ monitoring }: Pick<Ports, 'monitoring'>, model: string): Promise<string[]> {
  const keys = await monitoring.list(monitoringKeys.shadows(model))
  return keys.toSorted((one, other) => (momentOf(other) ?? 0) - (momentOf(one) ?? 0))
}

/** What was found of the shadows of a model, the newest first. */
export async function keptShadows(
  ports: Pick<Ports, 'monitoring'>,
  model: string,
): Promise<readonly KeptShadow[]> {
  const texts = await Promise.all((await shadowKeys(ports, model)).map((key) => ports.monitoring.read(key)))
  return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as KeptShadow]))
}
