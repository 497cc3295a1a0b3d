import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions'
import { Choice, Condition, Succeed } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { askedAgain, machineTasks, type StepFunctions } from './machine-tasks.ts'

/** A version goes because somebody asked for it: refused while anything reaches it, then 410, then collected. */
export function retirementDefinition(scope: Construct, functions: StepFunctions): IChainable {
  const task = machineTasks(scope, {
    functions,
    cleaner: 'failRetirement',
    undone: 'RetirementEnded',
    unfinished: 'RetirementFailed',
  })

  const done = new Succeed(scope, 'VersionRetired')
  const remove = task('removeEndpoint')
  remove.next(askedAgain(scope, remove, 'EndpointGone?', task('closeRetirement').next(done)))
  return task('retireVersion').next(
    new Choice(scope, 'Retired?')
      .when(Condition.stringEquals('$.result.status', 'retired'), remove)
      .otherwise(done),
  )
}
