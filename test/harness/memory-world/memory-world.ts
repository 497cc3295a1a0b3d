import type { Move, Ports, Random, Settings } from '../../../lambdas/ports.ts'
import { leavingError } from '../../../lambdas/step.ts'
import { stepsOver } from '../../../lambdas/steps.ts'
import type { StepName } from '../../../lib/wiring/handler-names.ts'
import type { ExtractedMachines } from '../../../local/state-machines.ts'
import { nobodyCalls } from '../calls.ts'
import { MemoryCaptures, MemoryMonitoring } from '../captures.ts'
import { settingsWith } from '../settings.ts'
import { nobodyTold } from '../webhooks.ts'
import { type Fault, type FaultPlan, Process, throughFaults } from './faults.ts'
import type { Json } from './interpreter.ts'
import { MemoryEvents } from './memory-events.ts'
import { MemoryHost } from './memory-host.ts'
import { MemoryImages } from './memory-images.ts'
import { MemoryMetrics } from './memory-metrics.ts'
import { MemoryRegistry } from './memory-registry.ts'
import { MemoryStore } from './memory-store.ts'
import { MemoryWorkflows } from './memory-workflows.ts'
import { VirtualTime } from './virtual-time.ts'

/** What may go wrong with a whole call of a step, and is no matter of one port. */
export type StepFault =
  /** The step has done its work, and its answer is lost. */
  | { readonly after: Error }
  /** It is not called. */
  | { readonly before: Error }
  /** It is called once more by whoever calls it, at the same time. */
  | 'twice'

export interface MemoryWorldProps {
  readonly machines: ExtractedMachines
  /** Milliseconds since the epoch. */
  readonly start: number
  readonly random: Random
  readonly settings?: Partial<Settings>
  /** @default nothing goes wrong */
  readonly plan?: FaultPlan
  readonly stepPlan?: (step: StepName) => StepFault | undefined
  /** How long a call of a port takes, in milliseconds. @default 1 to 20 */
  readonly latencyMs?: () => number
  /** A step that its machine has given up goes on, as on a laptop; in Lambda it ends. @default false */
  readonly hasZombies?: boolean
  readonly holdsWhatItMakes?: boolean
  readonly onMove?: (move: Move) => void
  /** Hears of everything that goes on, in order. */
  readonly hear?: (line: string) => void
}

/** Every port in memory, on one virtual clock: what is true of it is true of the steps, not of a world. */
export class MemoryWorld {
  readonly time: VirtualTime
  readonly store: MemoryStore
  readonly registry: MemoryRegistry
  readonly images = new MemoryImages()
  readonly host: MemoryHost
  readonly metrics = new MemoryMetrics()
  readonly events: MemoryEvents
  readonly workflows: MemoryWorkflows
  readonly captures = new MemoryCaptures()
  readonly monitoring = new MemoryMonitoring()
  readonly processes = new Set<Process>()
  readonly #props: MemoryWorldProps
  readonly #lastAnswers = new Map<string, unknown>()

  constructor(props: MemoryWorldProps) {
    const { random, machines } = props
    this.#props = props
    const time = new VirtualTime(props.start)
    const clock = time
    this.time = time
    this.store = new MemoryStore(clock)
    this.registry = new MemoryRegistry(props.onMove)
    this.events = new MemoryEvents('sim', clock)
    const holdsWhatItMakes = props.holdsWhatItMakes === true
    this.host = new MemoryHost({ platform: 'sim', clock, random, images: this.images, holdsWhatItMakes })
    this.workflows = new MemoryWorkflows({
      ...{ machines, time, draw: () => random.draw() },
      call: (step, input, timeoutSeconds) => this.#call(step, input, timeoutSeconds),
    })
  }

  /** The ports with nothing between: what really is, at once. */
  get truth(): Ports {
    const { store, registry, images, host, metrics, events, workflows, time } = this
    const settings = settingsWith({
      platform: 'sim',
      lookIntervalMs: 30_000,
      pollIntervalMs: 2000,
      ...this.#props.settings,
    })
    const { random } = this.#props
    const ports = { store, registry, images, host, metrics, events, workflows, random, settings }
    return {
      ...ports,
      callers: nobodyCalls,
      captures: this.captures,
      monitoring: this.monitoring,
      webhooks: nobodyTold,
      clock: time,
    }
  }

  /** The ports as one process has them. @param who is heard beside every call @param onCall hears what goes wrong */
  portsOf(process: Process, who: string, onCall: (fault: Fault | undefined) => void = () => {}): Ports {
    const { random, plan = () => undefined, hear } = this.#props
    const latencyMs = this.#props.latencyMs ?? (() => 1 + Math.floor(random.draw() * 20))
    return throughFaults(this.truth, {
      ...{ time: this.time, process, plan, latencyMs, lastAnswers: this.#lastAnswers },
      hear: (call, fault) => {
        onCall(fault)
        hear?.(`${who} ${call}${fault ? ` !${fault}` : ''}`)
      },
    })
  }

  /** Every process dies at once: nothing of what was under way goes on, and nothing that was written is lost. */
  cutPower(): void {
    for (const process of this.processes) process.die()
  }

  async #call(step: StepName, input: Json, timeoutSeconds: number): Promise<Json> {
    const fault = this.#props.stepPlan?.(step)
    const told = (said: string) =>
      this.#props.hear?.(`${step} of ${(input as { operation: string }).operation} ${said}`)
    if (typeof fault === 'object' && 'before' in fault) {
      told(`!before ${fault.before.name}`)
      throw asSeen(fault.before)
    }
    const attempts = [this.#attempt(step, input, timeoutSeconds)]
    if (fault === 'twice') attempts.push(this.#attempt(step, input, timeoutSeconds))
    const settled = await Promise.allSettled(attempts)
    const last = settled.at(-1)
    if (typeof fault === 'object' && 'after' in fault) {
      told(`!after ${fault.after.name}`)
      throw asSeen(fault.after)
    }
    if (last?.status === 'fulfilled') return last.value
    const error = last?.reason as Error
    told(`failed: ${error.name} ${error.message.slice(0, 120)}`)
    throw error
  }

  /** Run a step in a process of its own, for as long as its task may last. */
  async #attempt(step: StepName, input: Json, timeoutSeconds: number): Promise<Json> {
    const process = new Process()
    this.processes.add(process)
    const late = Promise.withResolvers<never>()
    const forget = this.time.after(timeoutSeconds * 1000, () => {
      if (this.#props.hasZombies !== true) process.die()
      late.reject(seen('States.Timeout', `no answer within ${timeoutSeconds} s`))
    })
    const operation = (input as { operation: string }).operation
    const act = stepsOver(this.portsOf(process, `${step} of ${operation}`))[step]
    try {
      const done = act(input as unknown as Parameters<typeof act>[0]).catch((error: unknown) => {
        throw asSeen(error)
      })
      const killed = process.died.then(() => {
        throw seen('Lambda.Unknown', 'the process ended before it answered')
      })
      killed.catch(() => {})
      done.catch(() => {})
      const answer = await Promise.race([done, killed, late.promise])
      return JSON.parse(JSON.stringify(answer)) as Json
    } finally {
      forget()
      late.promise.catch(() => {})
      this.processes.delete(process)
    }
  }
}

/** An error as a machine sees it: its name, and the cause that a Lambda function's error comes with. */
function seen(name: string, errorMessage: string): Error {
  const cause = JSON.stringify({ errorType: name, errorMessage, trace: [] })
  return Object.assign(new Error(cause), { name })
}

function asSeen(error: unknown): Error {
  const { name, message } = leavingError(error)
  return seen(name, message)
}
