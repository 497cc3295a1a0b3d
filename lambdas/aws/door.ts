import { Hono } from 'hono'
import type { LambdaEvent } from 'hono/aws-lambda'
import { checkedPath } from '../../lib/rules/request-path.ts'
import { type Door, problemAnswer } from '../problem-answer.ts'

/** Hand each request of an HTTP API to an app with its path as text, checked before any URL object has seen it. */
export function atTheDoor(app: Hono<Door>): Hono {
  const door = new Hono<{
    Bindings: { event: LambdaEvent } & Door['Bindings']
    Variables: Door['Variables']
  }>({
    getPath: () => '/',
  })
  door.all('/', (context) => {
    const { event } = context.env
    const path = checkedPath('rawPath' in event ? event.rawPath : event.path)
    return app.fetch(context.req.raw, { path, actor: actorOf(event) })
  })
  door.onError((error, context) => problemAnswer(error, context as never))
  return door as unknown as Hono
}

/** Who calls, as the gateway's IAM authorizer knows it. */
function actorOf(event: LambdaEvent): string {
  const { requestContext } = event as { requestContext?: { authorizer?: { iam?: { userArn?: string } } } }
  return requestContext?.authorizer?.iam?.userArn ?? 'anonymous'
}
