import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { executionName, type Operation } from '../../lib/rules/operation.ts'
import type { Workflows } from '../ports.ts'

/**
 * The state machines on Step Functions. An execution is named by its operation, so that the second start of one finds
 * the first: running, it answers the same; ended, it exists already.
 */
export class StepFunctions implements Workflows {
  readonly #client: SFNClient
  readonly #machineArnPrefix: string

  /** @param machineArnPrefix a machine's ARN up to the kind of operation that it runs */
  constructor(client: SFNClient, machineArnPrefix: string) {
    this.#client = client
    this.#machineArnPrefix = machineArnPrefix
  }

  async start(operation: Operation): Promise<void> {
    const { id, kind, executions } = operation
    try {
      await this.#client.send(
        new StartExecutionCommand({
          stateMachineArn: `${this.#machineArnPrefix}${kind}`,
          name: executionName(operation),
          input: JSON.stringify({ operation: id, execution: executions }),
        }),
      )
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error
    }
  }

  /** Step Functions tells this a moment late: who acts on it must have waited for a while. */
  async isRunning(operation: Operation): Promise<boolean> {
    const machine = `${this.#machineArnPrefix}${operation.kind}`
    // arn:…:stateMachine:NAME has its executions at arn:…:execution:NAME:…
    const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${executionName(operation)}`
    try {
      const { status } = await this.#client.send(new DescribeExecutionCommand({ executionArn }))
      return status === 'RUNNING' || status === 'PENDING_REDRIVE'
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return false
      throw error
    }
  }
}
