import type { Workflows } from '../../../lambdas/ports.ts'
import { executionName, type Machine, type Operation } from '../../../lib/rules/operation.ts'
import type { StepName } from '../../../lib/wiring/handler-names.ts'
import type { ExtractedMachines } from '../../../local/state-machines.ts'
import { interpret, type Json } from './interpreter.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface Execution {
  readonly name: string
  readonly machine: Machine
  readonly operation: string
  state: 'running' | 'succeeded' | 'failed' | 'dead'
}

/** Calls a step as a machine does. @throws Error with the name and the cause that the machine is to see */
export type StepCall = (step: StepName, input: Json, timeoutSeconds: number) => Promise<Json>

interface WorkflowsProps {
  readonly machines: ExtractedMachines
  readonly time: VirtualTime
  readonly draw: () => number
  readonly call: StepCall
}

/** The machines of the template, interpreted on a virtual clock. An execution's name is used once. */
export class MemoryWorkflows implements Workflows {
  readonly #props: WorkflowsProps
  readonly executions = new Map<string, Execution>()

  constructor(props: WorkflowsProps) {
    this.#props = props
  }

  async start(operation: Operation): Promise<void> {
    const name = executionName(operation)
    if (this.executions.has(name)) return
    const execution: Execution = { name, machine: operation.kind, operation: operation.id, state: 'running' }
    this.executions.set(name, execution)
    this.#run(execution, { operation: operation.id, execution: operation.executions })
  }

  async isRunning(operation: Operation): Promise<boolean> {
    return this.executions.get(executionName(operation))?.state === 'running'
  }

  /** An execution ends where it is, as one that was stopped by hand: no further step of it begins. */
  kill(name: string): void {
    const execution = this.executions.get(name)
    if (execution?.state === 'running') execution.state = 'dead'
  }

  #run(execution: Execution, input: Json): void {
    const { machines, time, draw, call } = this.#props
    const machine = machines[execution.machine]
    const around = {
      now: () => time.now(),
      pause: (ms: number) => time.pause(ms),
      draw,
      call: (state: string, given: Json, timeoutSeconds: number) => {
        const task = machine.tasks[state]
        if (task === undefined) throw new Error(`state ${state} has no step`)
        return execution.state === 'dead'
          ? new Promise<never>(() => {})
          : call(task.step, given, timeoutSeconds)
      },
    }
    interpret(machine, input, around).then((outcome) => {
      if (execution.state === 'running') execution.state = outcome
    })
  }
}
