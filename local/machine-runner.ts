import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type StateMachineDefinition as Definition, StateMachine } from 'aws-local-stepfunctions'
import type { Workflows } from '../lambdas/ports.ts'
import { leavingError } from '../lambdas/step.ts'
import type { AnyStep } from '../lambdas/steps.ts'
import { executionName, type Operation } from '../lib/rules/operation.ts'
import type { StepName } from '../lib/wiring/handler-names.ts'
import type { Execution, Journal, TaskOutcome } from './journal.ts'
import type { ExtractedMachine, ExtractedMachines } from './state-machines.ts'
import { StorageFault, storageFaultOf } from './storage-fault.ts'

type JsonValue = Parameters<StateMachine['run']>[0]

/** How long an execution that could not be written down rests before it is run again. */
const restMs = 1000

/**
 * Runs the state machines out of the template on an interpreter of the Amazon States Language, durably: every task is
 * written down before its machine sees the answer, and unfinished executions are run again from the journal. While the
 * disk is full or cannot be written, they rest.
 */
export class MachineRunner implements Workflows {
  readonly #machines: Promise<ExtractedMachines>
  readonly #journal: Journal
  readonly #onFault: (fault: unknown) => void
  readonly #stopping = new AbortController()
  #steps: Readonly<Record<StepName, AnyStep>> | undefined
  /** The names of the executions that this process runs, or will run again after a rest. */
  readonly #running = new Set<string>()

  constructor(machines: Promise<ExtractedMachines>, journal: Journal, onFault: (fault: unknown) => void) {
    this.#machines = machines
    this.#journal = journal
    this.#onFault = onFault
    // Told to whoever starts a machine.
    machines.catch(() => {})
    setMaxListeners(0, this.#stopping.signal)
  }

  /** Give the runner its steps, which need it themselves, and take up what an earlier process left unfinished. */
  resume(steps: Readonly<Record<StepName, AnyStep>>): void {
    this.#steps = steps
    for (const execution of this.#journal.unfinished()) this.#run(execution, JSON.parse(execution.definition))
  }

  async start(operation: Operation): Promise<void> {
    const machine = (await this.#machines)[operation.kind]
    const execution = {
      name: executionName(operation),
      machine: operation.kind,
      definition: JSON.stringify(machine),
      input: JSON.stringify({ operation: operation.id, execution: operation.executions }),
    }
    if (this.#journal.open(execution)) this.#run(execution, machine)
  }

  /** What an earlier process left unfinished is run from the start, so that nothing runs but what runs here. */
  async isRunning(operation: Operation): Promise<boolean> {
    return this.#running.has(executionName(operation))
  }

  /** Begin no further task, and forget what is in flight: the next process takes it up again. */
  stop(): void {
    this.#stopping.abort()
  }

  #run(execution: Execution, machine: ExtractedMachine): void {
    if (this.#stopping.signal.aborted) return
    this.#running.add(execution.name)
    const run: Run = {
      execution,
      machine,
      visits: new Map(),
      replayed: new Set(),
      abandoned: new AbortController(),
    }
    const attempt = (state: string) => (input: JsonValue) => this.#attempt(run, state, input)
    const running = new StateMachine(machine.definition as unknown as Definition, {
      validationOptions: { noValidate: true },
    }).run(JSON.parse(execution.input), {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          Object.keys(machine.tasks).map((state) => [state, attempt(state)]),
        ),
        // A retry that is only replayed need not wait again.
        retryIntervalOverrides: new Proxy(
          {},
          { get: (_, state) => (run.replayed.has(String(state)) ? 0 : undefined) },
        ),
      },
      context: { Execution: { Name: execution.name, Id: execution.name } },
    })
    this.#follow(run, running)
  }

  async #follow(run: Run, running: ReturnType<StateMachine['run']>): Promise<void> {
    const left = AbortSignal.any([this.#stopping.signal, run.abandoned.signal])
    left.addEventListener('abort', running.abort, { once: true })
    drain(running.eventLogs)
    const outcome = await running.result.then(
      () => 'succeeded',
      () => 'failed',
    )
    left.removeEventListener('abort', running.abort)
    if (!this.#isLeft(run)) this.#close(run, outcome)
    if (run.abandoned.signal.aborted) await this.#runAgain(run)
  }

  #close(run: Run, outcome: string): void {
    try {
      this.#journal.close(run.execution.name, outcome)
      this.#running.delete(run.execution.name)
    } catch (fault) {
      this.#abandon(run, fault)
    }
  }

  /** What was abandoned is run again after a rest, out of the journal, as the next process would. */
  async #runAgain({ execution, machine }: Run): Promise<void> {
    await pause(restMs, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => {})
    this.#run(execution, machine)
  }

  async #attempt(run: Run, state: string, input: JsonValue): Promise<JsonValue> {
    const { execution, machine, visits, replayed } = run
    if (this.#isLeft(run)) throw new LeftToTheNext()
    const task = `${state} ${createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 16)}`
    const visit = (visits.get(task) ?? 0) + 1
    visits.set(task, visit)
    const past = this.#written(run, () => this.#journal.recall(execution.name, task, visit))
    if (past !== undefined) {
      replayed.add(state)
      return settled(past)
    }
    replayed.delete(state)
    const known = machine.tasks[state]
    const step = known === undefined ? undefined : this.#steps?.[known.step]
    if (known === undefined || step === undefined) throw new Error(`state ${state} has no step`)
    const outcome = await outcomeOf(step, input, known.timeoutSeconds, this.#stopping.signal)
    if (this.#isLeft(run)) throw new LeftToTheNext()
    if (outcome instanceof StorageFault) throw this.#abandon(run, outcome)
    this.#written(run, () => this.#journal.record(execution.name, task, visit, outcome))
    return settled(outcome)
  }

  /** Use the journal. Where it cannot be read or written, nothing has happened, and it is done again later. */
  #written<T>(run: Run, use: () => T): T {
    try {
      return use()
    } catch (fault) {
      throw this.#abandon(run, fault)
    }
  }

  /** Go no further with this run: what it did last cannot be written down. */
  #abandon(run: Run, fault: unknown): LeftToTheNext {
    this.#onFault(fault)
    run.abandoned.abort()
    return new LeftToTheNext()
  }

  /** Whether the execution is left to the next run: whatever its machine asks for now is refused, and forgotten. */
  #isLeft(run: Run): boolean {
    return this.#stopping.signal.aborted || run.abandoned.signal.aborted
  }
}

/** One execution, as this process runs it. */
interface Run {
  readonly execution: Execution
  readonly machine: ExtractedMachine
  /** How often each task was attempted, by state and input: loops and retries are told apart by it. */
  readonly visits: Map<string, number>
  /** States whose last attempt was only recalled. */
  readonly replayed: Set<string>
  /** Aborted when what happened could not be written down. */
  readonly abandoned: AbortController
}

/** Thrown at a machine that is not to go on here. It unwinds without a step being called or a line being written. */
class LeftToTheNext extends Error {
  override readonly name = 'LeftToTheNext'
}

/**
 * Run a step for as long as its task may last. Its answer makes the trip through JSON that it makes on AWS. A step that
 * met a fault of the disk has come to nothing yet.
 * @throws LeftToTheNext as soon as the platform stops: whether the step still answers does not matter any more
 */
async function outcomeOf(
  step: AnyStep,
  input: unknown,
  timeoutSeconds: number,
  stopping: AbortSignal,
): Promise<TaskOutcome | StorageFault> {
  const over = new AbortController()
  const late = new Promise<TaskOutcome>((resolve, reject) => {
    const timeout = { error: 'States.Timeout', message: `no answer within ${timeoutSeconds} s` }
    const timer = setTimeout(() => resolve(timeout), timeoutSeconds * 1000)
    const leave = () => reject(new LeftToTheNext())
    stopping.addEventListener('abort', leave)
    over.signal.addEventListener('abort', () => {
      clearTimeout(timer)
      stopping.removeEventListener('abort', leave)
    })
  })
  const done = step(input as Parameters<AnyStep>[0])
    .then((output): TaskOutcome => ({ output: JSON.parse(JSON.stringify(output)) }))
    .catch((error): TaskOutcome | StorageFault => {
      const fault = storageFaultOf(error)
      if (fault !== undefined) return fault
      const { name, message } = leavingError(error)
      return { error: name, message }
    })
  try {
    return await Promise.race([done, late])
  } finally {
    over.abort()
  }
}

/** What the machine sees. A Lambda's error reaches a Catch as `Error` and, in `Cause`, this JSON. */
function settled(outcome: TaskOutcome): JsonValue {
  if ('output' in outcome) return outcome.output as JsonValue
  const { error, message } = outcome
  const cause = JSON.stringify({ errorType: error, errorMessage: message, trace: [] })
  throw Object.assign(new Error(cause), { name: error })
}

/** The interpreter keeps its events until somebody reads them. */
async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}
