import { Duration } from 'aws-cdk-lib'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JitterType,
  JsonPath,
  Succeed,
  TaskInput,
  type TaskStateBase,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions'
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks'
import type { Construct } from 'constructs'
import { type StepName, stepSeconds } from '../../wiring/handler-names.ts'

/** The functions of a machine's steps. */
export type StepFunctions = { readonly [step in StepName]: IFunction }

export interface MachineTasksProps {
  readonly functions: StepFunctions
  /** The step that cleans up after any other that failed for good. */
  readonly cleaner: StepName
  /** The state in which a machine ends that was cleaned up after. */
  readonly undone: string
  /** The state in which a machine ends that could not be. */
  readonly unfinished: string
}

/** Makes a task of a step, with what it reads beside the operation. */
export type TaskMaker = (step: StepName, payload?: Record<string, unknown>) => TaskStateBase

/** The tasks of one machine: when any of them fails for good, the cleaner is called with the failure, and that is all. */
export function machineTasks(
  scope: Construct,
  { functions, cleaner, undone, unfinished }: MachineTasksProps,
): TaskMaker {
  const failed = new Fail(scope, unfinished, {
    cause: 'It could be neither finished nor undone; the operation tells why.',
  })
  const clean = stepTask(scope, functions, cleaner, { failure: JsonPath.objectAt('$.failure') })
  clean
    .addCatch(failed, { resultPath: '$.failure' })
    .next(askedAgain(scope, clean, 'CleanedUp?', new Succeed(scope, undone)))
  return (step, payload = {}) =>
    stepTask(scope, functions, step, payload).addCatch(clean, { resultPath: '$.failure' })
}

/** A step that answers when it is to be called again is called again then; one that does not is done. */
export function askedAgain(scope: Construct, step: TaskStateBase, id: string, done: IChainable): Choice {
  const wait = new Wait(scope, `${id.replace('?', '')}Later`, {
    time: WaitTime.timestampPath('$.result.waitUntil'),
  })
  return new Choice(scope, id)
    .when(Condition.isPresent('$.result.waitUntil'), wait.next(step))
    .otherwise(done)
}

/** The error by which a step says that it is over: it would say the same again. */
const problemError = 'Problem'

/**
 * A task of one step. Its answer stands at `$.result`; a Problem is never retried, everything else is, with growing
 * pauses over about half a minute.
 */
function stepTask(
  scope: Construct,
  functions: StepFunctions,
  step: StepName,
  payload: Record<string, unknown>,
): LambdaInvoke {
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
