import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions'
import { Choice, Condition, JsonPath, Succeed, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { machineTasks, type StepFunctions } from './machine-tasks.ts'

/** An alias moves to a version: a little at a time, judged at every look, and back when it does harm. */
export function promotionDefinition(scope: Construct, functions: StepFunctions): IChainable {
  const task = machineTasks(scope, {
    functions,
    cleaner: 'abortPromotion',
    undone: 'PromotionUndone',
    unfinished: 'PromotionFailed',
  })
  const status = (value: string) => Condition.stringEquals('$.result.status', value)

  const close = task('closePromotion').next(new Succeed(scope, 'PromotionClosed'))
  const giveBack = task('returnTraffic').next(close)
  const goOn = task('continuePromotion').next(new Succeed(scope, 'ContinuedElsewhere'))
  const advance = task('advanceRollout', { step: JsonPath.numberAt('$.result.step') })
  const look = new Wait(scope, 'WaitForLook', { time: WaitTime.timestampPath('$.result.waitUntil') })

  look
    .next(task('judgeCanary'))
    .next(
      new Choice(scope, 'Verdict?')
        .when(status('hold'), look)
        .when(status('advance'), advance)
        .when(status('rollback'), giveBack)
        .when(status('continue'), goOn)
        .otherwise(close),
    )
  advance.next(new Choice(scope, 'AllTrafficMoved?').when(status('baking'), look).otherwise(close))
  const open = task('openPromotion')
  const wake = new Wait(scope, 'WaitForTarget', { time: WaitTime.timestampPath('$.result.waitUntil') })
  wake.next(open)
  return open.next(
    new Choice(scope, 'CanaryOpened?')
      .when(status('baking'), look)
      .when(status('waking'), wake)
      .when(status('over'), new Succeed(scope, 'PromotionOver'))
      .otherwise(close),
  )
}
