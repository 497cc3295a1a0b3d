import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions'
import { Choice, Condition, Fail, JsonPath, Succeed } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import type { StepName } from '../../wiring/handler-names.ts'
import { type StepFunctions, stepTask } from './step-task.ts'

/** A version goes because somebody asked for it: refused while anything reaches it, then 410, then collected. */
export function retirementDefinition(scope: Construct, functions: StepFunctions): IChainable {
  const failed = new Fail(scope, 'RetirementFailed', {
    cause: 'It could be neither finished nor undone; the operation tells why.',
  })
  const end = stepTask(scope, {
    step: 'failRetirement',
    functions,
    payload: { failure: JsonPath.objectAt('$.failure') },
  })
  end.addCatch(failed, { resultPath: '$.failure' }).next(new Succeed(scope, 'RetirementEnded'))
  const task = (step: StepName) =>
    stepTask(scope, { step, functions }).addCatch(end, { resultPath: '$.failure' })

  const done = new Succeed(scope, 'VersionRetired')
  const remove = task('removeEndpoint').next(task('closeRetirement')).next(done)
  return task('retireVersion').next(
    new Choice(scope, 'Retired?')
      .when(Condition.stringEquals('$.result.status', 'retired'), remove)
      .otherwise(done),
  )
}
