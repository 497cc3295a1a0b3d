import { type Context, Hono } from 'hono'
import type { CalledPlatform } from '../../lib/rules/open-api.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { Sweep } from '../../lib/rules/reconcile.ts'
import type { ApiKeys, Ports } from '../ports.ts'
import { type Door, pathUnknown, problemAnswer } from '../problem-answer.ts'
import { approvalRoutes } from './approval-routes.ts'
import { comparisonRoutes } from './comparison-routes.ts'
import { driftRoutes } from './drift-routes.ts'
import { feedbackRoutes } from './feedback-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { type LiveEvents, liveRoutes } from './live-routes.ts'
import { movingRoutes } from './moving-routes.ts'
import { readingRoutes } from './reading-routes.ts'
import { bodyOf, reconciliationRequest } from './requests.ts'
import { rolloutRoutes } from './rollout-routes.ts'
import { shadowRoutes } from './shadow-routes.ts'

export interface ControlProps {
  /** Where models are uploaded: the URL of a bucket or a folder. */
  readonly store: string
  readonly keys: ApiKeys
  /** How callers say who they are; undefined where nobody is asked. */
  readonly callers?: CalledPlatform['callers']
  /** Whether the gateway of AWS stands before it. */
  readonly deployed?: boolean
  /** Sweep now. @default - the sweeper is called elsewhere */
  readonly sweep?: (dryRun: boolean) => Promise<Sweep>
  /** Tells what happens to whoever keeps a connection open. @default - events are told elsewhere */
  readonly live?: LiveEvents
}

/** Everything but predictions: what there is, what happened, and the asking for moves. */
export function controlApp(
  ports: Ports,
  { store, keys, callers, deployed = false, sweep, live }: ControlProps,
): Hono<Door> {
  const calledAt = ({ req }: Context<Door>): CalledPlatform => ({
    url: new URL(req.url).origin,
    deployed,
    ...(callers !== undefined && { callers }),
  })
  const app = new Hono<Door>({ getPath: (_, options) => options?.env?.path ?? '/' })

  app.get('/health', (context) => context.json({ status: 'ok', platform: ports.settings.platform, store }))

  readingRoutes(app, ports, calledAt)
  liveRoutes(app, ports, live)
  movingRoutes(app, ports)
  rolloutRoutes(app, ports)
  approvalRoutes(app, ports)
  feedbackRoutes(app, ports)
  driftRoutes(app, ports)
  comparisonRoutes(app, ports)
  shadowRoutes(app, ports)
  keyRoutes(app, { keys, clock: ports.clock })

  app.post('/reconciliations', async (context) => {
    const { dryRun } = await bodyOf(context.req.raw, reconciliationRequest)
    if (sweep === undefined)
      throw new Problem(
        'sweep-elsewhere',
        'the sweeper of this platform is the function of its construct Sweeper, which runs every 15 minutes; ' +
          `call it with: aws lambda invoke --function-name NAME --cli-binary-format raw-in-base64-out --payload '{"dryRun":${dryRun}}' /dev/stdout`,
      )
    return context.json(await sweep(dryRun))
  })

  app.notFound((context) => problemAnswer(pathUnknown(context.req.method, context.env.path), context))
  app.onError(problemAnswer)
  return app
}
