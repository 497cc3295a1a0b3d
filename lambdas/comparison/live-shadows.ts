import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'
import { forgetOldShadows } from './kept-shadows.ts'
import { LiveShadow, parseShadowState } from './live-shadow.ts'
import type { ShadowedCall, ShadowOf } from './shadows.ts'

type Asking = Pick<Ports, 'registry' | 'host' | 'clock' | 'random' | 'monitoring'>

/** A shadow that could not be begun is begun anew after so long. */
const againAfterMs = 5000
/** Calls of before an alias moved come no later; then what it served before is let go. */
const stragglersMs = 120_000

interface Live {
  readonly of: ShadowOf
  readonly shadow: Promise<LiveShadow | undefined>
  lastAskedMs: number
  /** The document as this process left it: where it is another one, another process goes on with the comparison. */
  kept: string | undefined
}

/** The shadows that a process asks. What they have found is written down, and gone on with by whichever process comes next. */
export class LiveShadows {
  readonly #ports: Asking
  readonly #onFault: (fault: unknown) => void
  readonly #live = new Map<string, Live>()
  #flushed: Promise<void> = Promise.resolve()

  constructor(ports: Asking, onFault: (fault: unknown) => void) {
    this.#ports = ports
    this.#onFault = onFault
  }

  /** Ask what was asked of another, and compare. Never throws. */
  async ask(call: ShadowedCall): Promise<void> {
    try {
      await (await this.#shadowOf(call))?.ask(call)
    } catch (fault) {
      this.#onFault(fault)
    }
  }

  /** Count calls that the shadow is not asked. Never throws. */
  async drop(of: ShadowOf, calls: number): Promise<void> {
    const shadow = await this.#shadowOf(of)
    shadow?.drop(calls)
  }

  /** Write down what was found since it was last written down. Never throws. */
  flush(): Promise<void> {
    // One after the other: each looks whether what it left is still there.
    this.#flushed = this.#flushed.then(() => this.#flush())
    return this.#flushed
  }

  async #flush(): Promise<void> {
    for (const [name, live] of this.#live) {
      const shadow = await live.shadow
      const isKept = shadow === undefined || (await this.#keep(name, live, shadow))
      if (isKept && this.#ports.clock.now() - live.lastAskedMs > stragglersMs) this.#live.delete(name)
    }
  }

  #shadowOf(of: ShadowOf): Promise<LiveShadow | undefined> {
    const { model, alias, version, shadow } = of
    const name = `${model} ${alias} ${version} ${shadow.version} ${shadow.by}`
    const known = this.#live.get(name)
    if (known !== undefined) {
      known.lastAskedMs = this.#ports.clock.now()
      return known.shadow
    }
    const live: Live = {
      of: { model, alias, version, shadow },
      lastAskedMs: this.#ports.clock.now(),
      kept: undefined,
      shadow: this.#begin(of, (text) => {
        live.kept = text
      }).catch((fault: unknown) => {
        this.#onFault(fault)
        setTimeout(() => this.#live.delete(name), againAfterMs).unref()
        return undefined
      }),
    }
    this.#live.set(name, live)
    return live.shadow
  }

  async #begin(of: ShadowOf, onKept: (text: string | undefined) => void): Promise<LiveShadow> {
    const { monitoring } = this.#ports
    const text = await monitoring.read(monitoringKeys.shadowState(of.model, of.shadow.by, of.version))
    const state = text === undefined ? undefined : this.#parsed(text)
    if (state !== undefined) onKept(await monitoring.read(keyOf(of, state.startedAt)))
    return LiveShadow.of(this.#ports, of, state)
  }

  #parsed(text: string) {
    try {
      return parseShadowState(text)
    } catch (fault) {
      this.#onFault(fault)
      return undefined
    }
  }

  async #keep(name: string, live: Live, shadow: LiveShadow): Promise<boolean> {
    const news = shadow.news()
    if (news === undefined) return true
    const { monitoring } = this.#ports
    const { model, version, shadow: cast } = live.of
    const key = keyOf(live.of, shadow.startedAt)
    try {
      if ((await monitoring.read(key)) !== live.kept) {
        this.#live.delete(name)
        throw new Error(
          `${key} was written by another process, which goes on with it: the last calls are not in it`,
        )
      }
      const text = JSON.stringify(news.found)
      await monitoring.write(monitoringKeys.shadowState(model, cast.by, version), JSON.stringify(news.state))
      await monitoring.write(key, text)
      live.kept = text
      await forgetOldShadows(this.#ports, model)
      return true
    } catch (fault) {
      shadow.untold()
      this.#onFault(fault)
      return false
    }
  }
}

function keyOf({ model, version, shadow }: ShadowOf, startedAt: number): string {
  return monitoringKeys.shadow(model, shadow.by, version, startedAt)
}
