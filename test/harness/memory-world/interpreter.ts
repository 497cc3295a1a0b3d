import type { ExtractedMachine } from '../../../local/state-machines.ts'

/**
 * The part of the Amazon States Language that our machines use, on a clock of one's own. `interpreter.test.ts` holds it
 * to the interpreter that runs them on a laptop.
 */

export interface Surroundings {
  now(): number
  pause(ms: number): Promise<void>
  /** In [0, 1). */
  draw(): number
  /** Call the step of a task. @throws what the machine is to see: an error's name, and its message as the cause */
  call(state: string, input: Json, timeoutSeconds: number): Promise<Json>
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Document = { readonly [key: string]: Json }

interface Retrier {
  readonly ErrorEquals: readonly string[]
  readonly IntervalSeconds?: number
  readonly MaxAttempts?: number
  readonly BackoffRate?: number
  readonly MaxDelaySeconds?: number
  readonly JitterStrategy?: 'FULL' | 'NONE'
}

interface Catcher {
  readonly ErrorEquals: readonly string[]
  readonly ResultPath?: string | null
  readonly Next: string
}

interface Rule {
  readonly Variable: string
  readonly StringEquals?: string
  readonly IsPresent?: boolean
  readonly Next: string
}

interface AnyState {
  readonly Type: string
  readonly Next?: string
  readonly End?: boolean
  readonly Parameters?: Document
  readonly ResultPath?: string | null
  readonly TimeoutSeconds?: number
  readonly TimestampPath?: string
  readonly Retry?: readonly Retrier[]
  readonly Catch?: readonly Catcher[]
  readonly Choices?: readonly Rule[]
  readonly Default?: string
}

/** What an interpreter of more would read of a state, and this one does not. */
const known = new Set([
  ...[
    'Type',
    'Next',
    'End',
    'Comment',
    'Resource',
    'Parameters',
    'ResultPath',
    'TimeoutSeconds',
    'TimestampPath',
  ],
  ...['Retry', 'Catch', 'Choices', 'Default', 'Cause', 'Error'],
])

/** Run a machine to its end. @throws Error where it uses more of the language than is known here */
export async function interpret(
  { definition }: Pick<ExtractedMachine, 'definition'>,
  input: Json,
  around: Surroundings,
): Promise<'succeeded' | 'failed'> {
  let name: string | undefined = definition.StartAt
  let data: Json = input
  while (name !== undefined) {
    const state = definition.States[name] as AnyState | undefined
    if (state === undefined) throw new Error(`there is no state ${name}`)
    const foreign = Object.keys(state).find((key) => !known.has(key))
    if (foreign !== undefined)
      throw new Error(`state ${name} has a ${foreign}, which is not interpreted here`)
    if (state.Type === 'Succeed') return 'succeeded'
    if (state.Type === 'Fail') return 'failed'
    if (state.Type === 'Choice') name = chosen(state, data)
    else if (state.Type === 'Wait') {
      const until = Date.parse(String(found(data, state.TimestampPath ?? '')))
      // A machine that is to wait for no time at all ends as failed, wherever it runs.
      if (Number.isNaN(until)) return 'failed'
      await around.pause(until - around.now())
      name = state.Next
    } else if (state.Type === 'Task') {
      const done: { next: string | undefined; data: Json } | undefined = await task(name, state, data, around)
      if (done === undefined) return 'failed'
      ;({ next: name, data } = done)
    } else throw new Error(`state ${name} is a ${state.Type}, which is not interpreted here`)
  }
  return 'succeeded'
}

async function task(name: string, state: AnyState, data: Json, around: Surroundings) {
  const input = state.Parameters === undefined ? data : filled(state.Parameters, data)
  const retries = new Map<Retrier, number>()
  for (;;) {
    try {
      const result = await around.call(name, input, state.TimeoutSeconds ?? 60)
      return { next: state.Next, data: placed(data, state.ResultPath, result) }
    } catch (thrown) {
      const error = thrown as Error
      const retrier = state.Retry?.find((one) => matches(one, error))
      const made = retrier === undefined ? 0 : (retries.get(retrier) ?? 0)
      if (retrier !== undefined && made < (retrier.MaxAttempts ?? 3)) {
        retries.set(retrier, made + 1)
        await around.pause(restMs(retrier, made, around))
        continue
      }
      const catcher = state.Catch?.find((one) => matches(one, error))
      if (catcher === undefined) return undefined
      const failure = { Error: error.name, Cause: error.message }
      return { next: catcher.Next, data: placed(data, catcher.ResultPath, failure) }
    }
  }
}

function matches({ ErrorEquals }: { readonly ErrorEquals: readonly string[] }, { name }: Error): boolean {
  return ErrorEquals.includes('States.ALL') || ErrorEquals.includes(name)
}

function restMs(retrier: Retrier, made: number, { draw }: Surroundings): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier
  const seconds = Math.min(IntervalSeconds * BackoffRate ** made, MaxDelaySeconds)
  return seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? draw() : 1)
}

function chosen({ Choices = [], Default }: AnyState, data: Json): string | undefined {
  const rule = Choices.find(({ Variable, StringEquals, IsPresent }) => {
    const value = found(data, Variable)
    if (IsPresent !== undefined) return (value !== undefined) === IsPresent
    return value === StringEquals
  })
  return rule?.Next ?? Default
}

function filled(parameters: Document, data: Json): Json {
  const entries = Object.entries(parameters).map(([key, value]) => {
    if (!key.endsWith('.$')) return [key, value]
    const read = found(data, String(value))
    if (read === undefined) throw new Error(`${value} is not there`)
    return [key.slice(0, -2), read]
  })
  return Object.fromEntries(entries)
}

/** The value at `$.a.b`; undefined where there is none. */
function found(data: Json, path: string): Json | undefined {
  return steps(path).reduce<Json | undefined>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Document)[key]
        : undefined,
    data,
  )
}

/** The data with a result at `$.a`; the result alone at `$`, the data alone at null. */
function placed(data: Json, path: string | null | undefined, result: Json): Json {
  if (path === null) return data
  const [key, ...deeper] = steps(path ?? '$')
  if (key === undefined) return result
  if (deeper.length > 0) throw new Error(`${path} is too deep to be interpreted here`)
  return { ...(data as Document), [key]: result }
}

function steps(path: string): readonly string[] {
  const [root, ...keys] = path.split('.')
  if (root !== '$' || !keys.every((key) => /^\w+$/.test(key)))
    throw new Error(`${path} is a path that is not interpreted here`)
  return keys
}
