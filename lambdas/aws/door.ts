import { Hono } from 'hono'
import type { LambdaEvent } from 'hono/aws-lambda'
import { type Door, problemAnswer } from '../problem-answer.ts'
import { askedPath, refuseOtherRoute } from './asked-path.ts'
import { callerOf } from './caller.ts'

/** Hand each request of a gateway to an app with its path as text, checked before any URL object has seen it. */
export function atTheDoor(app: Hono<Door>): Hono {
  const door = new Hono<{
    Bindings: { event: LambdaEvent } & Door['Bindings']
    Variables: Door['Variables']
  }>({
    getPath: () => '/',
  })
  door.all('/', (context) => {
    const { event } = context.env
    const path = askedPath(event)
    refuseOtherRoute(event, context.req.method, path)
    return app.fetch(context.req.raw, { path, ...callerOf(event) })
  })
  door.onError((error, context) => problemAnswer(error, context as never))
  return door as unknown as Hono
}
