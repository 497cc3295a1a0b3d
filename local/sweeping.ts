import { reconcile } from '../lambdas/monitoring/reconcile.ts'
import type { Ports } from '../lambdas/ports.ts'
import { type Sweep, usualPatience } from '../lib/rules/reconcile.ts'

const everyMs = 60_000

/** The sweeper of a laptop: once when the platform starts, and every minute while it runs; never twice at once. */
export class Sweeping {
  readonly #ports: Ports
  readonly #onFault: (fault: unknown) => void
  #last: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  /** What was told before: what cannot be mended is found every minute. */
  readonly #told = new Set<string>()

  constructor(ports: Ports, onFault: (fault: unknown) => void) {
    this.#ports = ports
    this.#onFault = onFault
  }

  /**
   * Sweep now, and from now on.
   * @param since when this process took the home, milliseconds since the epoch: whatever was under way before, and does
   * not run now, died with the process before
   */
  start(since: number): void {
    const dead = this.#ports.clock.now() - since
    this.#sweep({
      patience: { operationMs: dead, endpointMs: dead },
      recordsWithinMs: Number.POSITIVE_INFINITY,
    })
    this.#timer = setInterval(() => this.#sweep({}), everyMs).unref()
  }

  /** Sweep when somebody asks for it. @param dryRun only say what would be done */
  now(dryRun: boolean): Promise<Sweep> {
    return this.#inTurn({ patience: usualPatience, dryRun })
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #sweep(limits: Parameters<typeof reconcile>[1]): void {
    this.#inTurn(limits)
      .then(({ broken }) => {
        for (const one of broken.filter((text) => !this.#told.has(text))) {
          this.#told.add(one)
          this.#onFault(new Error(`the sweeper could not mend ${one}`))
        }
      })
      .catch(this.#onFault)
  }

  #inTurn(limits: Parameters<typeof reconcile>[1]): Promise<Sweep> {
    const next = this.#last.then(() => reconcile(this.#ports, limits))
    this.#last = next.catch(() => {})
    return next
  }
}
