import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda'
import { atTheDoor } from '../../lambdas/aws/door.ts'
import { controlApp } from '../../lambdas/control/control.ts'
import type { Ports } from '../../lambdas/ports.ts'
import { routerApp } from '../../lambdas/serving/router.ts'
import { openDatabase } from '../../local/database.ts'
import { Gateway } from '../../local/gateway.ts'
import { SqliteApiKeys } from '../../local/sqlite-api-keys.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { nobodyCalls } from '../harness/calls.ts'
import { type Handed, httpApiEvent, restApiEvent, type WireRequest } from '../harness/gateway-events.ts'
import { moveOf, readyRecord } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'
import { churn, ScriptedHost } from '../serving/rig.ts'

/** What came of a request: `200 churn 1.2.0` of a model, `404 path-unknown` of a refusal, `200` of control. */
export type Outcome = string

export type Opened = (request: WireRequest) => Promise<Outcome>

/** One platform behind three doors: the laptop's own server, an HTTP API, and a REST API. */
export class ThreeDoors {
  readonly #database = openDatabase(':memory:')
  readonly #registry = new SqliteRegistry(this.#database)
  readonly #laptop: Gateway
  #port = 0
  readonly #functions: Readonly<Record<'router' | 'control', ReturnType<typeof handle>>>

  private constructor() {
    const ports = {
      registry: this.#registry,
      host: new ScriptedHost(),
      callers: nobodyCalls,
      metrics: { count: async () => {}, counts: async () => undefined },
      random: { draw: () => 0.5 },
      clock: { now: () => Date.parse('2026-03-01T10:00:00Z') },
      settings: settingsWith({ platform: 'sluice', approvalLinks: true }),
    } as unknown as Ports
    const control = controlApp(ports, { store: 'file:///store', keys: new SqliteApiKeys(this.#database) })
    this.#laptop = new Gateway(ports, control, { actor: 'ada' })
    this.#functions = { router: handle(atTheDoor(routerApp(ports))), control: handle(atTheDoor(control)) }
  }

  /** With the models `churn` 1.2.0 and 1.2.3, live, and `iris` 1.0.0. */
  static async open(): Promise<ThreeDoors> {
    const doors = new ThreeDoors()
    await doors.#release('churn', '1.2.0', '1.2.3')
    await doors.#release('iris', '1.0.0')
    doors.#port = Number(new URL(await doors.#laptop.listen(0)).port)
    return doors
  }

  async close(): Promise<void> {
    await this.#laptop.stop()
    this.#database.close()
  }

  async #release(model: string, ...versions: string[]): Promise<void> {
    for (const version of versions) await this.#registry.claim(readyRecord(model, version, churn))
    const live = { stable: versions.at(-1) ?? '', by: 'promotion-0' }
    const after = { aliases: { live }, accepted: versions }
    await this.#registry.commit(moveOf(await this.#registry.model(model), model, after))
  }

  /** Over a connection of its own, since not every client would send what is tried here. */
  readonly laptop: Opened = async ({ method, target, headers, body }) => {
    const socket = connect(this.#port, '127.0.0.1')
    await once(socket, 'connect')
    const lines = Object.entries({ Host: 'localhost', 'Content-Length': Buffer.byteLength(body), ...headers })
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    socket.end(`${method} ${target} HTTP/1.1\r\n${head}Connection: close\r\n\r\n${body}`)
    const answer = await text(socket)
    const [top = '', ...rest] = answer.split('\r\n\r\n')
    const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(top)?.[1]
    return outcome(Number(top.split(' ')[1]), header, rest.join('\r\n\r\n'))
  }

  readonly httpApi: Opened = (request) => this.ask(httpApiEvent(request))

  readonly restApi: Opened = (request) => this.ask(restApiEvent(request))

  /** What a function answers that a gateway hands this to. */
  async ask({ event, to }: Handed<object>): Promise<Outcome> {
    const answer = await this.#functions[to](event as LambdaEvent, {} as LambdaContext)
    const { statusCode, headers, multiValueHeaders, body } = answer
    const header = (name: string) => headers?.[name] ?? multiValueHeaders?.[name]?.[0]
    return outcome(statusCode, (name) => header(name)?.toString(), body)
  }
}

function outcome(status: number, header: (name: string) => string | undefined, body: string): Outcome {
  const [model, version] = [header('model-name'), header('model-version')]
  if (model !== undefined) return `${status} ${model} ${version}`
  if (status < 400) return String(status)
  // What is no problem document is shown, and is no outcome that anybody expects.
  return `${status} ${(JSON.parse(body) as { code?: string }).code}`
}
