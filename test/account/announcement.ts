import { hoursPerMonth, summed } from '../../lib/rules/cost.ts'
import { instanceHourUsd, prices, pricesAsOf } from '../../lib/rules/prices.ts'
import type { Visit } from './consent.ts'

/** The instance that is started for one case, where instances are allowed. */
export const instanceType = 'ml.m5.large'

/** More than a visit is seen to take; a run that is killed and cleaned up late costs more. */
const atMost = {
  hours: 3,
  builds: 2,
  buildMinutes: 10,
  calls: 50_000,
  callSeconds: 0.5,
  memoryGb: 3,
  alarms: 8,
  imageGb: 2,
  metricSeries: 40,
  transitions: 20_000,
  serverlessSeconds: 1000,
}

/**
 * The most that a visit costs, from the list prices of lib/rules/prices.ts: every assumption is on the dear side, and no
 * free tier is counted on.
 */
export function mostExpensive({ doors, mayUseInstances }: Pick<Visit, 'doors' | 'mayUseInstances'>) {
  const platforms = doors.length
  const { hours, builds, buildMinutes, calls, callSeconds, memoryGb } = atMost
  const month = hours / hoursPerMonth
  return summed({
    builds: platforms * builds * buildMinutes * prices.codeBuildMinute.usd,
    calls: platforms * (calls / 1e6) * (prices.restApiCall.usd + 2 * prices.lambdaRequest.usd),
    'model and router functions':
      platforms * calls * callSeconds * 2 * memoryGb * prices.lambdaX86GbSecond.usd,
    registry: platforms * (calls / 1e6) * 10 * (prices.dynamoRead.usd + 2 * prices.dynamoWrite.usd),
    machines: platforms * (atMost.transitions / 1e6) * prices.stateTransition.usd,
    logs: platforms * calls * 5e-6 * prices.logsIn.usd,
    'images, alarms, dashboard and metrics':
      platforms *
      (atMost.imageGb * prices.ecrStorage.usd +
        (atMost.alarms * prices.alarm.usd +
          prices.dashboard.usd +
          atMost.metricSeries * prices.customMetric.usd) *
          month),
    'SageMaker serverless': atMost.serverlessSeconds * 2 * prices.sagemakerServerlessGbSecond.usd,
    ...(mayUseInstances && { 'SageMaker instance': hours * (instanceHourUsd[instanceType] ?? 1) }),
  })
}

/** Said before anything is made: what, for how much at most, and how to be rid of it if this is killed. */
export function announcement(visit: Visit): string {
  const { name, account, place, doors, mayBootstrap, mayUseInstances } = visit
  const { usd, parts } = mostExpensive(visit)
  const shares = Object.entries(parts).map(([what, share]) => `${what} ${share.toFixed(2)}`)
  return [
    `Visit ${name} to account ${account}, ${place.name}.`,
    `Makes: ${doors.length} platforms (${doors.join(', ')}) in the stacks Sluice-${name}…, each a bucket, a table, a repository, an API, about 30`,
    `  functions and a role that may call one model; a few model functions each; one serverless SageMaker endpoint${mayUseInstances ? `; one ${instanceType}` : ''}.`,
    `  ${mayBootstrap ? 'Bootstraps the CDK where it is not yet, which stays.' : 'Bootstraps nothing.'} Everything named so is taken away at the end.`,
    `Costs at most ${usd.toFixed(2)} USD, computed from the prices of ${pricesAsOf} (${shares.join(', ')}).`,
    `If this is killed: ${cleaningCommand(name, account)}`,
  ].join('\n')
}

/** @returns the line that takes a visit away, whatever became of it */
export function cleaningCommand(name: string, account: string): string {
  return `SLUICE_ACCOUNT=${account} node test/account/clean.ts ${name}`
}
