import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
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
}
