import type { StepInput } from '../../lambdas/step.ts'
import type { AnyStep } from '../../lambdas/steps.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { executionName, type Machine } from '../../lib/rules/operation.ts'
import { type StepName, stepNames } from '../../lib/wiring/handler-names.ts'
import { openDatabase } from '../../local/database.ts'
import { Journal } from '../../local/journal.ts'
import { MachineRunner } from '../../local/machine-runner.ts'
import type { ExtractedMachine, ExtractedMachines } from '../../local/state-machines.ts'

/** A place where machines run on scripted steps: the real definitions, the real interpreter, the real journal. */

export interface Call {
  readonly step: StepName
  readonly input: StepInput & Readonly<Record<string, unknown>>
}

/** A scripted step: given how often it was called before, and what the machine handed it. */
export type Act = (visit: number, input: Call['input']) => object | Promise<object>
export type Script = { readonly [step in StepName]?: Act }

/** One answer a visit; the last one is repeated. */
export function answers(...list: readonly [object, ...object[]]): Act {
  return (visit) => list[Math.min(visit, list.length - 1)] ?? {}
}

/** A moment that is over in no time, as a step answers it: far enough ahead that the interpreter is never late. */
export function soon(milliseconds = 5): string {
  return new Date(Date.now() + milliseconds).toISOString()
}

/** What each machine is answered when all goes well: the first step that decides, and every one after it. */
export const smooth: { readonly [machine in Machine]: Script } = {
  release: {
    claimVersion: answers({ status: 'freeze' }),
    freezeArtifact: answers({ status: 'frozen' }),
    packImage: answers({ status: 'packed' }),
    checkEndpoint: answers({ status: 'active' }),
  },
  promotion: {
    openPromotion: () => ({ status: 'baking', waitUntil: soon() }),
    judgeCanary: () => ({ status: 'advance', step: 0, waitUntil: soon() }),
    advanceRollout: answers({ status: 'promoted' }),
  },
  rollback: { probeTarget: answers({ status: 'probed' }) },
  retirement: { retireVersion: answers({ status: 'retired' }) },
}

/** Steps that note every call and act by a script; a step without a part answers with an empty object. */
export function scripted(script: Script, calls: Call[] = []): Readonly<Record<StepName, AnyStep>> {
  const steps = Object.values(stepNames)
    .flat()
    .map((step) => {
      let visits = 0
      const act: AnyStep = async (input) => {
        calls.push({ step, input })
        visits += 1
        return (await script[step]?.(visits - 1, input)) ?? {}
      }
      return [step, act] as const
    })
  return Object.fromEntries(steps) as Record<StepName, AnyStep>
}

export function operationOf(kind: Machine, id = `${kind}-1`, executions = 0): Operation {
  return {
    id,
    kind,
    model: 'churn',
    version: '1.0.0',
    state: 'running',
    actor: 'someone',
    reason: 'a test',
    startedAt: '2026-01-01T00:00:00.000Z',
    deadline: Date.parse('2026-01-02T00:00:00.000Z'),
    progress: [],
    executions,
  }
}

/** A journal that tells when an execution has ended, and how. */
export class WatchedJournal extends Journal {
  readonly #ends = new Map<string, PromiseWithResolvers<string>>()

  end(execution: string): Promise<string> {
    return this.#end(execution).promise
  }

  override close(execution: string, outcome: string): void {
    super.close(execution, outcome)
    this.#end(execution).resolve(outcome)
  }

  #end(execution: string): PromiseWithResolvers<string> {
    const known = this.#ends.get(execution) ?? Promise.withResolvers<string>()
    this.#ends.set(execution, known)
    return known
  }
}

export interface Played {
  readonly calls: readonly Call[]
  /** The steps in the order in which they were called. */
  readonly path: readonly StepName[]
  readonly outcome: string
}

/** Run one operation's machine to its end, on a database of its own. */
export async function play(machines: ExtractedMachines, kind: Machine, script: Script): Promise<Played> {
  const database = openDatabase(':memory:')
  const journal = new WatchedJournal(database)
  const calls: Call[] = []
  const runner = new MachineRunner(Promise.resolve(machines), journal, (fault) => {
    throw fault
  })
  runner.resume(scripted(script, calls))
  const operation = operationOf(kind)
  await runner.start(operation)
  const outcome = await journal.end(executionName(operation))
  database.close()
  return { calls, path: calls.map(({ step }) => step), outcome }
}

type States = ExtractedMachine['definition']['States']

/** A copy of a machine with its states changed, and nothing else. */
export function altered(
  machine: ExtractedMachine,
  change: (name: string, state: States[string]) => States[string],
): ExtractedMachine {
  const { definition, tasks } = JSON.parse(JSON.stringify(machine)) as ExtractedMachine
  const states = Object.entries(definition.States).map(
    ([name, state]) => [name, change(name, state)] as const,
  )
  return { definition: { ...definition, States: Object.fromEntries(states) }, tasks }
}

/** The same machines with retry pauses of a few milliseconds; who is retried how often stays as it is. */
export function impatient(machines: ExtractedMachines): ExtractedMachines {
  const quick = Object.entries(machines).map(([kind, machine]) => [
    kind,
    altered(machine, (_, state) => ({
      ...state,
      ...(Array.isArray(state['Retry']) && {
        Retry: state['Retry'].map((retrier: object) =>
          'IntervalSeconds' in retrier ? { ...retrier, IntervalSeconds: 0.001 } : retrier,
        ),
      }),
    })),
  ])
  return Object.fromEntries(quick) as ExtractedMachines
}

/** The same machine with one step's patience cut to a few milliseconds. */
export function withTimeout(machine: ExtractedMachine, step: StepName, timeoutSeconds: number) {
  const state = stateOf(machine, step)
  const { definition } = altered(machine, (name, old) =>
    name === state ? { ...old, TimeoutSeconds: timeoutSeconds } : old,
  )
  return { definition, tasks: { ...machine.tasks, [state]: { step, timeoutSeconds } } }
}

/** The state that calls a step. */
export function stateOf({ tasks }: ExtractedMachine, step: StepName): string {
  const found = Object.entries(tasks).find(([, task]) => task.step === step)
  if (found === undefined) throw new Error(`no state calls ${step}`)
  return found[0]
}
