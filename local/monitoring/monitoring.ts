import { joinFeedback } from '../../lambdas/feedback/join-feedback.ts'
import { forgetCaptures } from '../../lambdas/monitoring/forget-captures.ts'
import { lookForDrift } from '../../lambdas/monitoring/look-for-drift.ts'
import type { Ports } from '../../lambdas/ports.ts'

const everyMs = 10_000
/** The longest call lasts so long, and its record is written within moments. */
const graceMs = 60_000

/** What is done with recorded calls, and who keeps one such job from keeping the others. */
export class Monitoring {
  readonly #ports: Ports
  readonly #onFault: (fault: unknown) => void
  /** What was told before: what is broken is found every time. */
  readonly #told = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(ports: Ports, onFault: (fault: unknown) => void) {
    this.#ports = ports
    this.#onFault = onFault
  }

  start(): void {
    this.#timer = setInterval(() => void this.now(), everyMs).unref()
  }

  /** Do what is due; asked for while it is being done, it is done once. Never throws. */
  now(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Begin nothing more, and wait for what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  /** One job that fails keeps no other from its turn. */
  async #run(): Promise<void> {
    const look = await lookForDrift(this.#ports, { graceMs }).catch(this.#onFault)
    await joinFeedback(this.#ports).catch(this.#onFault)
    const forgotten = await forgetCaptures(this.#ports).catch(this.#onFault)
    for (const one of [...(look?.broken ?? []), ...(forgotten ?? [])].filter(
      (text) => !this.#told.has(text),
    )) {
      this.#told.add(one)
      this.#onFault(new Error(one))
    }
  }
}
