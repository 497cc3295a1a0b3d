import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda'
import { handle } from 'hono/aws-lambda'
import { RecentRecords } from '../serving/recent-records.ts'
import { routerApp } from '../serving/router.ts'
import { atTheDoor } from './door.ts'
import { routingPorts } from './routing-ports.ts'
import { causeOf, ServingMetrics } from './serving-metrics.ts'
import { setting } from './settings.ts'

const ports = routingPorts()
const registry = new RecentRecords(ports.registry, ports.clock)
const answer = handle(atTheDoor(routerApp({ ...ports, registry })))
const metrics = new ServingMetrics(setting('platform'))

/** A prediction is asked for, through the gateway. */
export async function handler(event: LambdaEvent, context: LambdaContext) {
  const began = performance.now()
  ports.shadows?.onCall()
  const answered = await answer(event, context)
  // Only of models that there are: strangers may ask for any number of names.
  const model = headerOf(answered, 'model-name')
  if (model !== undefined)
    metrics.answered(model, {
      failed: answered.statusCode >= 500,
      latencyMs: performance.now() - began,
      cause: answered.statusCode < 400 ? undefined : causeOf(answered.body),
    })
  return answered
}

/** A REST API is answered with lists of values. */
function headerOf({ headers, multiValueHeaders }: Awaited<ReturnType<typeof answer>>, name: string) {
  const value = headers?.[name] ?? multiValueHeaders?.[name]?.[0]
  return value === undefined ? undefined : String(value)
}
