import { admits, type Pace, paceAfter } from '../../lib/rules/admission.ts'
import type { BodyAs, Line } from './line.ts'
import { Displaced, Overdue } from './server-faults.ts'
import type { ServerAnswer } from './server-process.ts'

/** Where a line leads. */
export interface Destination {
  /** Resolves once the model is there to be asked. */
  ready(): Promise<void>
  /** Ask for several requests at once. @returns an answer for each, in order */
  send(bodies: readonly (string | Uint8Array)[], timeoutMs: number): Promise<readonly ServerAnswer[]>
}

interface Asked {
  readonly body: string | Uint8Array
  readonly records: number
  readonly timeoutMs: number
  /** When, by performance.now(). */
  readonly at: number
  readonly resolve: (answer: ServerAnswer) => void
  readonly reject: (error: unknown) => void
  /** It was with another server before. */
  again?: true
  /** Its caller was told that it is too late. */
  late?: true
}

interface Running {
  readonly asked: readonly Asked[]
  /** How many records they hold together. */
  readonly records: number
  readonly taken: number
  readonly since?: number
}

/** A larger body travels alone, in characters or bytes. */
const largestShared = 1 << 16
const mostTogether = 256
/** A server that is there is asked within this, in milliseconds. */
const isThereMs = 10

/**
 * The requests of one version, on their way to its server. A server predicts one batch at a time, so whatever comes
 * while it is at work waits here and then goes to it together: nobody waits longer for it, and a call costs less.
 */
export class RequestLine implements Line {
  readonly #to: Destination
  readonly #waiting: Asked[] = []
  /** What was taken from the line, and when; `since` once the server is at work on it. */
  #running: Running | undefined
  #waitingRecords = 0
  #pace: Pace = {}

  constructor(to: Destination) {
    this.#to = to
  }

  /** Requests that wait or are being answered. */
  get length(): number {
    return this.#waiting.length + (this.#running?.asked.length ?? 0)
  }

  /** Whether one more would be answered in good time. */
  hasRoom(): boolean {
    const { records = 0, since, taken = 0 } = this.#running ?? {}
    const now = performance.now()
    if (since === undefined)
      return admits(this.#pace, {
        runningRecords: 0,
        runningForMs: 0,
        waitingRecords: this.#waitingRecords + records,
        isStarting: records > 0 && now - taken > isThereMs,
      })
    return admits(this.#pace, {
      runningRecords: records,
      runningForMs: now - since,
      waitingRecords: this.#waitingRecords,
      waitingForMs: now - (this.#waiting[0]?.at ?? now),
    })
  }

  /** @throws Overdue where there is no answer in time, and what the destination throws */
  ask(
    body: string | Uint8Array,
    records: number,
    timeoutMs: number,
    { signal }: Pick<BodyAs, 'signal'> = {},
  ): Promise<ServerAnswer> {
    return new Promise((resolve, reject) => {
      const late = () => {
        asked.late = true
        settled()
        this.#forget(asked)
        reject(new Overdue(`no answer within ${timeoutMs} ms`))
      }
      const timer = setTimeout(late, timeoutMs)
      const settled = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', late)
      }
      const asked: Asked = {
        body,
        records,
        timeoutMs,
        at: performance.now(),
        resolve: (answer) => {
          settled()
          resolve(answer)
        },
        reject: (error) => {
          settled()
          reject(error)
        },
      }
      signal?.addEventListener('abort', late, { once: true })
      this.#waiting.push(asked)
      this.#waitingRecords += records
      if (this.#running === undefined) void this.#turn()
    })
  }

  #forget(asked: Asked): void {
    const at = this.#waiting.indexOf(asked)
    if (at < 0) return
    this.#waiting.splice(at, 1)
    this.#waitingRecords -= asked.records
  }

  async #turn(): Promise<void> {
    while (this.#waiting.length > 0) {
      const asked = this.#take()
      const taking = { asked, records: recordsOf(asked), taken: performance.now() }
      this.#running = taking
      try {
        await this.#to.ready()
        if (asked.every(({ late }) => late)) continue
        const since = performance.now()
        this.#running = { ...taking, since }
        const answers = await this.#to.send(
          asked.map(({ body }) => body),
          Math.max(...asked.map(({ timeoutMs }) => timeoutMs)),
        )
        this.#pace = paceAfter(this.#pace, taking.records, performance.now() - since)
        for (const [i, one] of asked.entries()) one.resolve(answers[i] as ServerAnswer)
      } catch (error) {
        for (const one of asked.toReversed()) this.#failed(one, error)
      }
    }
    this.#running = undefined
  }

  /** Those who go together: small ones up to a number, or a large one alone. */
  #take(): Asked[] {
    const isSmall = ({ body }: Asked) => body.length <= largestShared && typeof body === 'string'
    const firstLarge = this.#waiting.findIndex((asked) => !isSmall(asked))
    const together = firstLarge < 0 ? this.#waiting.length : Math.max(1, firstLarge)
    const taken = this.#waiting.splice(0, Math.min(together, mostTogether))
    this.#waitingRecords -= recordsOf(taken)
    return taken
  }

  #failed(asked: Asked, error: unknown): void {
    if (asked.late) return
    if (!(error instanceof Displaced) || asked.again) {
      asked.reject(error)
      return
    }
    asked.again = true
    this.#waiting.unshift(asked)
    this.#waitingRecords += asked.records
  }
}

function recordsOf(asked: readonly Asked[]): number {
  return asked.reduce((sum, { records }) => sum + records, 0)
}
