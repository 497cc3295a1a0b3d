import type { Ports } from '../../../lambdas/ports.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * What can go wrong with one call of a port. `throttle`: an error before any effect. `error-after`: the effect, then an
 * error. `timeout-after`: the effect, then a minute and more of silence. `slow`: a minute and more of silence, then the
 * effect. `sent-twice`: a client that lost the answer has asked again, and the second answer is the one that is seen.
 * `stale`: the answer of the last time. `kill`: the process dies before the effect; `kill-after`: after it.
 */
export const faults = [
  'throttle',
  'error-after',
  'timeout-after',
  'slow',
  'sent-twice',
  'stale',
  'kill',
  'kill-after',
] as const
export type Fault = (typeof faults)[number]

/** Decides about each call what goes wrong with it: `registry.commit`, and with what arguments. */
export type FaultPlan = (call: string, args: readonly unknown[]) => Fault | undefined

/** Where no port promises to have heard of what was just done. */
const mayBeStale = new Set(['store.listing', 'store.keys', 'metrics.counts'])

/** A client gives up, and a machine's task has long since done so. */
const silenceMs = 70_000

/** A process that runs a step or answers a request: it can die between any two calls, and then does nothing more. */
export class Process {
  readonly died: Promise<void>
  #isDead = false
  #die: () => void = () => {}

  constructor() {
    this.died = new Promise((resolve) => {
      this.#die = resolve
    })
  }

  get isDead(): boolean {
    return this.#isDead
  }

  die(): void {
    this.#isDead = true
    this.#die()
  }
}

const never = new Promise<never>(() => {})

/** The error of a client whose service did not do, or did not say that it did, what was asked. */
function serviceError(name: string, call: string): Error {
  return Object.assign(new Error(`${name} at ${call}`), { name })
}

interface Surroundings {
  readonly time: VirtualTime
  readonly process: Process
  readonly plan: FaultPlan
  /** How long a call takes, in milliseconds. */
  readonly latencyMs: () => number
  /** Hears of every call, with what went wrong. */
  readonly hear?: (call: string, fault: Fault | undefined) => void
  /** The last answers, by call: what a stale read gives. */
  readonly lastAnswers: Map<string, unknown>
}

const wrapped = ['store', 'registry', 'images', 'host', 'metrics', 'workflows', 'events'] as const

/** Ports as one process has them: every call takes its time, and goes wrong as the plan says. */
export function throughFaults(ports: Ports, around: Surroundings): Ports {
  const through = wrapped.map((port) => [port, portThrough(port, ports[port], around)] as const)
  return { ...ports, ...Object.fromEntries(through) }
}

/** Those of a port's methods that answer at once: they ask nobody. */
const atOnce = new Set(['endpointOf', 'hasRoom', 'made'])

const methodsOf = new WeakMap<object, readonly string[]>()

function methods(port: object): readonly string[] {
  const kind = Object.getPrototypeOf(port) as object
  const known = methodsOf.get(kind)
  if (known !== undefined) return known
  const found = Object.entries(Object.getOwnPropertyDescriptors(kind))
    .filter(([method, { value }]) => method !== 'constructor' && typeof value === 'function')
    .map(([method]) => method)
  methodsOf.set(kind, found)
  return found
}

function portThrough<T extends object>(name: string, port: T, around: Surroundings): T {
  const through: Record<string, unknown> = {}
  for (const method of methods(port)) {
    const act = (Reflect.get(port, method) as (...args: unknown[]) => Promise<unknown>).bind(port)
    const call = `${name}.${method}`
    through[method] = atOnce.has(method) ? act : (...args: unknown[]) => callThrough(call, args, act, around)
  }
  return through as T
}

async function callThrough(
  call: string,
  args: readonly unknown[],
  act: (...args: unknown[]) => Promise<unknown>,
  { time, process, plan, latencyMs, hear, lastAnswers }: Surroundings,
): Promise<unknown> {
  if (process.isDead) return never
  await time.pause(latencyMs())
  if (process.isDead) return never
  const planned = plan(call, args)
  const fault = planned === 'stale' && !mayBeStale.has(call) ? undefined : planned
  hear?.(call, fault)
  if (fault === 'throttle') throw serviceError('ThrottlingException', call)
  if (fault === 'kill') {
    process.die()
    return never
  }
  if (fault === 'slow') await time.pause(silenceMs)
  const key = `${call} ${mayBeStale.has(call) ? JSON.stringify(args) : ''}`
  if (fault === 'stale' && lastAnswers.has(key)) return lastAnswers.get(key)
  let answer = await act(...args)
  if (fault === 'sent-twice') answer = await act(...args)
  if (mayBeStale.has(call)) lastAnswers.set(key, answer)
  if (fault === 'timeout-after') await time.pause(silenceMs)
  if (fault === 'timeout-after' || fault === 'error-after') throw serviceError('InternalServerError', call)
  if (fault === 'kill-after') process.die()
  return process.isDead ? never : answer
}
