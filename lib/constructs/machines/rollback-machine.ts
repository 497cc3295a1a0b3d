import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions'
import { Choice, Condition, Succeed, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { machineTasks, type StepFunctions } from './machine-tasks.ts'

/** What follows a rollback, whose one write the control API made already: probe, check what is served, record. */
export function rollbackDefinition(scope: Construct, functions: StepFunctions): IChainable {
  const task = machineTasks(scope, {
    functions,
    cleaner: 'failRollback',
    undone: 'RollbackEnded',
    unfinished: 'RollbackFailed',
  })

  const done = new Succeed(scope, 'RolledBack')
  const close = task('closeRollback').next(done)
  const status = (value: string) => Condition.stringEquals('$.result.status', value)
  const probe = task('probeTarget')
  const wake = new Wait(scope, 'WaitForTarget', { time: WaitTime.timestampPath('$.result.waitUntil') })
  wake.next(probe)
  return probe.next(
    new Choice(scope, 'Probed?').when(status('probed'), close).when(status('waking'), wake).otherwise(done),
  )
}
