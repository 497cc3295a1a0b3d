import type { Hono } from 'hono'
import type { Door } from '../problem-answer.ts'
import { createKey, type KeyPorts, keyDetails, keyRequest, revokeKey } from './keys.ts'
import { bodyOf } from './requests.ts'

/** The keys that people and programs call with. */
export function keyRoutes(app: Hono<Door>, ports: KeyPorts): void {
  const { keys, clock } = ports

  app.get('/keys', async (context) => {
    const now = clock.now()
    return context.json({ keys: (await keys.list()).map((key) => keyDetails(key, now)) })
  })

  app.post('/keys', async (context) => {
    const asked = await bodyOf(context.req.raw, keyRequest)
    const made = await createKey({ keys, clock }, asked, context.env.actor)
    return context.json(made, 201, { 'Cache-Control': 'no-store', Location: `/keys/${made.id}` })
  })

  app.delete('/keys/:id', async (context) =>
    context.json(await revokeKey({ keys, clock }, context.req.param('id'), context.env.actor)),
  )
}
