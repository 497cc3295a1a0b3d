import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions'
import { Choice, Condition, Succeed, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { machineTasks, type StepFunctions } from './machine-tasks.ts'

/** The way of one version from upload to ready: claim, freeze, inspect, pack, deploy, prove; then its promotion. */
export function releaseDefinition(scope: Construct, functions: StepFunctions): IChainable {
  const task = machineTasks(scope, {
    functions,
    cleaner: 'failRelease',
    undone: 'ReleaseUndone',
    unfinished: 'ReleaseFailed',
  })
  const status = (value: string) => Condition.stringEquals('$.result.status', value)
  const until = (id: string) => new Wait(scope, id, { time: WaitTime.timestampPath('$.result.waitUntil') })

  const close = task('closeRelease').next(new Succeed(scope, 'Released'))
  const promote = task('startPromotion').next(close)
  const ready = task('markReady').next(promote)
  const prove = task('proveVersion').next(ready)

  const check = task('checkEndpoint')
  const whenActive = new Choice(scope, 'EndpointActive?')
  check.next(whenActive)
  whenActive.when(status('active'), prove).otherwise(until('WaitForEndpoint').next(check))
  const deploy = task('createEndpoint').next(check)

  const pack = task('packImage')
  const whenPacked = new Choice(scope, 'ImagePacked?')
  pack.next(whenPacked)
  whenPacked.when(status('packed'), deploy).otherwise(until('WaitForImage').next(pack))
  const inspect = task('inspectArtifact').next(pack)

  const freeze = task('freezeArtifact')
  const whenFrozen = new Choice(scope, 'ArtifactFrozen?')
  freeze.next(whenFrozen)
  whenFrozen.when(status('frozen'), inspect).otherwise(until('WaitForUpload').next(freeze))

  return task('claimVersion').next(
    new Choice(scope, 'WhereToGoOn?')
      .when(status('freeze'), freeze)
      .when(status('inspect'), inspect)
      .when(status('pack'), pack)
      .when(status('deploy'), deploy)
      .when(status('ready'), promote)
      .otherwise(new Succeed(scope, 'ClaimedElsewhere')),
  )
}
