import { monitor } from '../../lambdas/monitoring/monitor.ts'
import type { Ports } from '../../lambdas/ports.ts'

const everyMs = 10_000
/** The longest call lasts so long, and its record is written within moments. */
const graceMs = 60_000

/** A day's forgetting is looked for so often. */
const forgetEveryMs = 3_600_000

/** What is done with recorded calls, time and again. */
export class Monitoring {
  readonly #ports: Ports
  readonly #onFault: (fault: unknown) => void
  /** What was told before: what is broken is found every time. */
  readonly #told = new Set<string>()
  #forgotAt = Number.NEGATIVE_INFINITY
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

  async #run(): Promise<void> {
    const now = this.#ports.clock.now()
    const isForgetting = now - this.#forgotAt >= forgetEveryMs
    if (isForgetting) this.#forgotAt = now
    const { broken } = await monitor(this.#ports, { graceMs, isForgetting })
    for (const one of broken.filter((text) => !this.#told.has(text))) {
      this.#told.add(one)
      this.#onFault(new Error(one))
    }
  }
}
