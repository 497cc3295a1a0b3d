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
  const answered = await answer(event, context)
  const { headers = {}, statusCode, body } = answered as Answered
  // Only of models that there are: strangers may ask for any number of names.
  const model = headers['model-name']
  if (model !== undefined)
    metrics.answered(model, {
      failed: statusCode >= 500,
      latencyMs: performance.now() - began,
      cause: statusCode < 400 ? undefined : causeOf(body),
    })
  return answered
}

interface Answered {
  readonly statusCode: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
