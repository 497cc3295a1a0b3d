import { baseImage } from '../harness/containers/base-image.ts'
import type { Engine } from '../harness/containers/engine.ts'

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Asks once. */
const asking = `
const [, url, body] = process.argv
const answer = await fetch(url, body === undefined ? {} : { method: 'POST', body })
const text = await answer.text()
console.log(JSON.stringify({ status: answer.status, body: text === '' ? null : JSON.parse(text) }))`

/** Asks again and again until it hears what it waits for. */
const waiting = `
import { get } from 'node:http'
const [, url, awaited, patience] = process.argv
const heard = []
const until = performance.now() + 20_000
while (heard.at(-1) !== awaited && performance.now() < until) {
  const now = await new Promise((done) => {
    get(url, { agent: false, timeout: Number(patience) }, (answer) => done(String(answer.resume().statusCode)))
      .on('timeout', () => done('silence'))
      .on('error', (error) => done(error.code))
  })
  if (now !== heard.at(-1)) heard.push(now)
  await new Promise((later) => setTimeout(later, 1))
}
console.log(JSON.stringify(heard))`

/** Sends half of a request, and the rest when its server takes nothing new. */
const hesitating = `
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get, request } from 'node:http'
import { json } from 'node:stream/consumers'
const [, url, body] = process.argv
const headers = { expect: '100-continue', 'content-length': Buffer.byteLength(body) }
const sent = request(url, { method: 'POST', headers })
sent.flushHeaders()
await once(sent, 'continue')
sent.write(body.slice(0, 5))
writeFileSync('/tmp/begun', '')
const isOpen = () => new Promise((done) => {
  get(url, { agent: false }, (answer) => {
    answer.resume()
    done(true)
  }).on('error', () => done(false))
})
while (await isOpen());
sent.end(body.slice(5))
const [answer] = await once(sent, 'response')
console.log(JSON.stringify({ status: answer.statusCode, body: await json(answer) }))`

/**
 * Containers that have one loopback in common and no other network, as those of a Kubernetes pod. One of them holds it
 * open and asks the others: it is still there to be asked when they have ended.
 */
export class Pod {
  readonly #engine: Engine
  readonly #holder: string
  readonly #containers: string[] = []

  private constructor(engine: Engine, holder: string) {
    this.#engine = engine
    this.#holder = holder
  }

  static async open(engine: Engine): Promise<Pod> {
    const image = await baseImage(engine)
    const holder = await engine.docker('run', '--detach', '--network=none', image, 'sleep', 'infinity')
    return new Pod(engine, holder)
  }

  /** Start a container as strictly as a host may: nothing to write to, half a gigabyte, no network. @returns its id */
  async start(image: string, flags: readonly string[] = [], args: readonly string[] = []): Promise<string> {
    const limits = ['--read-only', '--memory=512m', '--cap-drop=ALL', '--security-opt=no-new-privileges']
    const network = `--network=container:${this.#holder}`
    const container = await this.#engine.docker(
      'run',
      '--detach',
      network,
      ...limits,
      ...flags,
      image,
      ...args,
    )
    this.#containers.push(container)
    return container
  }

  /** GET a path of a container's, or POST it something. */
  async ask(url: string, body?: unknown): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return JSON.parse(await this.#node(asking, url, ...(text === undefined ? [] : [text])))
  }

  /** POST something by halves: the second half is sent when new requests are refused. Once in a pod. */
  async askByHalves(url: string, body: unknown): Promise<{ readonly answer: Promise<Answer> }> {
    const answer = this.#node(hesitating, url, JSON.stringify(body)).then((text): Answer => JSON.parse(text))
    const begun = this.#engine.docker(
      'exec',
      this.#holder,
      'sh',
      '-c',
      'until ls /tmp/begun; do sleep 0.05; done',
    )
    await Promise.race([answer, begun])
    return { answer }
  }

  /**
   * Ask until the answer is a status, 200 if none is said, also before there is anybody to answer.
   * @returns what was heard, one entry a change
   */
  async wait(url: string, awaited = '200', patience = 5000): Promise<readonly string[]> {
    return JSON.parse(await this.#node(waiting, url, awaited, `${patience}`))
  }

  /** The exit code of a container, once it has one. */
  async ended(container: string): Promise<number> {
    return Number(await this.#engine.docker('wait', container))
  }

  async close(): Promise<void> {
    await this.#engine.docker('rm', '--force', '--volumes', ...this.#containers, this.#holder)
  }

  #node(script: string, ...args: readonly string[]): Promise<string> {
    return this.#engine.docker('exec', this.#holder, 'node', '--input-type=module', '-e', script, ...args)
  }
}
