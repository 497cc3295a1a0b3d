import { type Context, Hono } from 'hono'
import { refuseTooLarge } from '../../lib/rules/host-limits.ts'
import { parseInvocationPath } from '../../lib/rules/request-path.ts'
import { type Door, pathUnknown, problemAnswer, replied } from '../problem-answer.ts'
import { answerInvocation, type RouterPorts } from './invocation.ts'

/** The router as an app, for a gateway that hands over requests of the Fetch standard. */
export function routerApp(ports: RouterPorts): Hono<Door> {
  const app = new Hono<Door>({ getPath: () => '/' })
  app.all('/', async (context) => {
    const { path } = context.env
    const asked = context.req.method === 'POST' ? parseInvocationPath(path) : undefined
    if (asked === undefined) return problemAnswer(pathUnknown(context.req.method, path), context)
    const header = (name: string) => context.req.header(name)
    return replied(
      await answerInvocation(ports, {
        path,
        asked,
        caller: context.env.actor,
        header,
        body: () => bodyOf(context),
      }),
      context,
    )
  })
  app.onError(problemAnswer)
  return app
}

/** The body, never more than the limit of it: a length that is told is held to, one that is not is counted. */
async function bodyOf(context: Context<Door>): Promise<Uint8Array> {
  const told = context.req.header('content-length')
  if (told !== undefined) {
    refuseTooLarge(Number(told))
    return new Uint8Array(await context.req.arrayBuffer())
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of context.req.raw.body ?? []) {
    size += chunk.byteLength
    refuseTooLarge(size)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
