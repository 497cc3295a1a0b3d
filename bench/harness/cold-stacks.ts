import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { onCore } from './cores.ts'
import { processorMicroseconds } from './process-tree.ts'
import { freePort } from './processes.ts'
import { cores } from './stack.ts'

/** What one start came to. */
export interface Start {
  /** From the start of the process to the end of its first answer with 200. */
  readonly ms: number
  /** Processor time of it and of what it started, until then. */
  readonly cpuMs: number
  readonly answer: string
}

/** A server as a container runs it. */
export interface ColdStack {
  readonly name: string
  readonly program: string
  readonly args: (port: number) => readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** What its first request is. */
  readonly body: string
}

const askEveryMs = 2
/** Whoever has not answered by then is asked again. */
const answersWithinMs = 30_000
const agent = new Agent({ keepAlive: false })

/** Start a server, ask until it answers, and end it. @throws Error where it ends by itself */
export async function startedCold({ name, program, args, environment, body }: ColdStack): Promise<Start> {
  const port = await freePort()
  const [command, all] = onCore(cores.servers, program, args(port))
  const env = { ...process.env, ...environment, PORT: `${port}` }
  const since = performance.now()
  const child = spawn(command, all, { stdio: ['ignore', 'ignore', 'pipe'], env })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  try {
    for (;;) {
      const answer = await posted(port, body)
      if (answer !== undefined) {
        const ms = performance.now() - since
        return { ms, cpuMs: processorMicroseconds(child.pid ?? 0) / 1000, answer }
      }
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${said}`)
      await pause(askEveryMs)
    }
  } finally {
    await ended(child)
  }
}

/** The body of a 200; undefined where there is none yet. */
function posted(port: number, body: string): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path: '/invocations', method: 'POST', headers, agent })
    sent.setTimeout(answersWithinMs, () => sent.destroy())
    sent.on('error', () => resolve(undefined))
    sent.on('response', async (response) => {
      const chunks: Buffer[] = []
      try {
        for await (const chunk of response) chunks.push(chunk)
        resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined)
      } catch {
        resolve(undefined)
      }
    })
    sent.end(body)
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
