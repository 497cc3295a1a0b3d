import { Duration } from 'aws-cdk-lib'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { JitterType, JsonPath, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions'
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks'
import type { Construct } from 'constructs'
import { type StepName, stepSeconds } from '../../wiring/handler-names.ts'

/** The functions of a machine's steps. */
export type StepFunctions = { readonly [step in StepName]: IFunction }

export interface StepTaskProps {
  readonly step: StepName
  readonly functions: StepFunctions
  /** What the step is given beside the operation. @default - nothing */
  readonly payload?: Record<string, unknown>
}

/** The error by which a step says that it is over: it would say the same again. */
const problemError = 'Problem'

/**
 * A task of one step. Its answer stands at `$.result`; a Problem is never retried, everything else is, with growing
 * pauses over about half a minute. A machine gives each of its tasks a Catch (`$.failure`).
 */
export function stepTask(scope: Construct, { step, functions, payload }: StepTaskProps): LambdaInvoke {
  const task = new LambdaInvoke(scope, `${step[0]?.toUpperCase()}${step.slice(1)}`, {
    lambdaFunction: functions[step],
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(Duration.seconds(stepSeconds(step))),
    payload: TaskInput.fromObject({
      operation: JsonPath.stringAt('$.operation'),
      execution: JsonPath.numberAt('$.execution'),
      ...payload,
    }),
    resultPath: '$.result',
  })
  task.addRetry({ errors: [problemError], maxAttempts: 0 })
  task.addRetry({
    errors: ['States.ALL'],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxAttempts: 5,
    maxDelay: Duration.seconds(20),
    jitterStrategy: JitterType.FULL,
  })
  return task
}
