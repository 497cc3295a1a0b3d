import { randomUUID } from 'node:crypto'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { DroppedCalls, HandedCall, HandedOver } from '../comparison/handed-over.ts'
import { mostShadowedRecords, type ShadowedCall, type ShadowOf, type Shadows } from '../comparison/shadows.ts'
import type { Clock } from '../ports.ts'
import { askedUntil } from './asked-until.ts'

/** Lambda takes 1 MB of an asynchronous invocation. */
const mostBytes = 1_000_000
/** So many calls wait to be handed over, and go together. */
const mostTogether = 20
/** What waits so long goes with the next call, however few they are: each event is billed as a request. */
const waitsMs = 1000
const patienceMs = 5000

export interface AsyncShadowsProps {
  readonly functionName: string
  readonly clock: Clock
  /** Makes one attempt: what may have been heard is not told again. @default one of its own */
  readonly client?: Pick<LambdaClient, 'send'>
}

interface Waiting {
  readonly call: ShadowedCall
  readonly sinceMs: number
}

/**
 * Hands calls over to the function that asks shadows, by asynchronous invocation. A router is frozen the moment it has
 * answered, so a call is handed over while a later one waits for its model: nobody waits for it, and what the freeze
 * interrupts goes on with the call after that.
 */
export class AsyncShadows implements Shadows {
  readonly #functionName: string
  readonly #clock: Clock
  readonly #client: Pick<LambdaClient, 'send'>
  #waiting: Waiting[] = []
  #dropped = new Map<string, DroppedCalls>()
  #isSending = false

  constructor({ functionName, clock, client = new LambdaClient({ maxAttempts: 1 }) }: AsyncShadowsProps) {
    this.#functionName = functionName
    this.#clock = clock
    this.#client = client
  }

  cast(call: ShadowedCall): void {
    const isTooLarge =
      call.bodyBytes + call.answer.byteLength > mostBytes || call.records.length > mostShadowedRecords
    if (isTooLarge || this.#waiting.length >= mostTogether) this.#drop(call)
    else this.#waiting.push({ call, sinceMs: this.#clock.now() })
  }

  /** Another call has come: hand over what waits, if it is time to, once that call is on its way to its model. */
  onCall(): void {
    const [first] = this.#waiting
    if (this.#isSending || first === undefined) return
    const isDue = this.#waiting.length >= mostTogether || this.#clock.now() - first.sinceMs >= waitsMs
    if (isDue) setImmediate(() => void this.handOver())
  }

  /** Hand over what waits. Never throws. */
  async handOver(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    const [calls, dropped] = this.#taken()
    try {
      if (calls.length + dropped.length > 0) await this.#send(calls, dropped)
    } catch (fault) {
      console.error('calls were not handed over to their shadows', fault)
      for (const call of calls) this.#drop(call)
      for (const { calls: count, ...of } of dropped) this.#drop(of, count)
    } finally {
      this.#isSending = false
    }
  }

  async flush(): Promise<void> {
    const asked: HandedOver = { id: randomUUID(), calls: [], dropped: [] }
    try {
      await this.#client.send(
        new InvokeCommand({ FunctionName: this.#functionName, Payload: JSON.stringify(asked) }),
        { abortSignal: askedUntil({ timeoutMs: patienceMs }) },
      )
    } catch (fault) {
      // It is busy asking, and writes down what it finds by itself.
      console.error('what was found of shadows is as it was last written down', fault)
    }
  }

  /** As many as go into one event; what is too large as JSON is dropped. */
  #taken(): [HandedCall[], DroppedCalls[]] {
    const calls: HandedCall[] = []
    let bytes = 0
    for (const { call } of this.#waiting.splice(0)) {
      const handed = { ...call, answer: new TextDecoder().decode(call.answer) }
      const size = Buffer.byteLength(JSON.stringify(handed))
      if (bytes + size > mostBytes - 10_000) {
        this.#drop(call)
        continue
      }
      bytes += size
      calls.push(handed)
    }
    const dropped = [...this.#dropped.values()]
    this.#dropped = new Map()
    return [calls, dropped]
  }

  async #send(calls: readonly HandedCall[], dropped: readonly DroppedCalls[]): Promise<void> {
    const event: HandedOver = { id: randomUUID(), calls, dropped }
    await this.#client.send(
      new InvokeCommand({
        FunctionName: this.#functionName,
        InvocationType: 'Event',
        Payload: JSON.stringify(event),
      }),
      { abortSignal: askedUntil({ timeoutMs: patienceMs }) },
    )
  }

  #drop({ model, alias, version, shadow }: ShadowOf, calls = 1): void {
    const name = `${model} ${alias} ${version} ${shadow.by}`
    const before = this.#dropped.get(name)?.calls ?? 0
    this.#dropped.set(name, { model, alias, version, shadow, calls: before + calls })
  }
}
