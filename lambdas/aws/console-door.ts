import { Hono } from 'hono'
import type { LambdaEvent } from 'hono/aws-lambda'
import type { CalledPlatform } from '../../lib/rules/open-api.ts'
import { consoleAnswer } from '../console/console-answer.ts'
import type { ConsoleFiles } from '../console/console-files.ts'
import { type Door, problemAnswer } from '../problem-answer.ts'
import { type AskedEvent, askedPath, refuseOtherRoute } from './asked-path.ts'

/** The console behind a gateway. It knows nobody and reads nothing but its files. */
export function consoleDoor(
  files: () => Promise<ConsoleFiles>,
  callers: NonNullable<CalledPlatform['callers']>,
): Hono {
  const door = new Hono<{
    Bindings: { event: LambdaEvent } & Door['Bindings']
    Variables: Door['Variables']
  }>({
    getPath: () => '/',
  })
  door.all('/', async ({ env: { event }, req: { method, raw } }) => {
    const path = askedPath(event)
    refuseOtherRoute(event, method, path)
    const ifNoneMatch = raw.headers.get('if-none-match') ?? undefined
    const base = baseOf(event, path)
    const { status, headers, body } = consoleAnswer(await files(), {
      method,
      path,
      ifNoneMatch,
      base,
      callers,
    })
    return new Response(status === 304 ? null : Buffer.from(body), { status, headers })
  })
  door.onError((error, context) => problemAnswer(error, context as never))
  return door as unknown as Hono
}

/** What stands before the path in the address, which a REST API tells beside it: its stage. */
function baseOf(event: AskedEvent, path: string): string {
  const { path: whole } = (event as { requestContext?: { path?: string } }).requestContext ?? {}
  const rest = path.replace(/\/$/, '')
  const asked = whole?.replace(/\/$/, '') ?? ''
  return asked.endsWith(rest) ? asked.slice(0, -rest.length) : ''
}
