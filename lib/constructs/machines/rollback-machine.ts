import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions'
import { Choice, Condition, Fail, JsonPath, Succeed } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import type { StepName } from '../../wiring/handler-names.ts'
import { type StepFunctions, stepTask } from './step-task.ts'

/** What follows a rollback, whose one write the control API made already: probe, check what is served, record. */
export function rollbackDefinition(scope: Construct, functions: StepFunctions): IChainable {
  const failed = new Fail(scope, 'RollbackFailed', {
    cause: 'It could be neither finished nor undone; the operation tells why.',
  })
  const end = stepTask(scope, {
    step: 'failRollback',
    functions,
    payload: { failure: JsonPath.objectAt('$.failure') },
  })
  end.addCatch(failed, { resultPath: '$.failure' }).next(new Succeed(scope, 'RollbackEnded'))
  const task = (step: StepName) =>
    stepTask(scope, { step, functions }).addCatch(end, { resultPath: '$.failure' })

  const done = new Succeed(scope, 'RolledBack')
  const close = task('closeRollback').next(done)
  return task('probeTarget').next(
    new Choice(scope, 'Probed?')
      .when(Condition.stringEquals('$.result.status', 'probed'), close)
      .otherwise(done),
  )
}
