/**
 * A load in a process of its own: streams of requests, each by a schedule or by so many callers in turn, all at once.
 * Run with the streams as JSON in its one argument; prints what became of each request.
 */
import { argv, stdout } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'

/** Requests of one kind. */
export interface Stream {
  readonly url: string
  readonly body: string
  readonly seconds: number
  /** By a schedule, whatever becomes of the others; without it `callers` ask in turn. */
  readonly perSecond?: number
  readonly callers?: number
  /** It begins so much later than the rest, in seconds. @default 0 */
  readonly afterSeconds?: number
}

/** What became of a request. */
export interface Sample {
  /** When it was due, in seconds since its stream began. */
  readonly at: number
  /** From when it was due to the whole of its answer. */
  readonly ms: number
  /** 0 where there was none. */
  readonly status: number
  /** The header of a refusal; 0 where there was none. */
  readonly retryAfter: number
  /** Whether a refusal was a problem document. */
  readonly isProblem: boolean
}

/** A caller that is refused comes back after this, in milliseconds. */
const refusedPauseMs = 100

async function run(stream: Stream, agent: Agent): Promise<Sample[]> {
  await pause((stream.afterSeconds ?? 0) * 1000)
  const samples: Sample[] = []
  const began = performance.now()
  const ask = async (dueMs: number) => {
    const sample = await sampleOf(stream, agent, began, dueMs)
    samples.push(sample)
    return sample
  }
  if (stream.perSecond === undefined) await callInTurn(stream, ask, began)
  else await callBySchedule(stream.perSecond, stream.seconds, ask, began)
  return samples
}

async function callInTurn(
  { callers = 1, seconds }: Stream,
  ask: (dueMs: number) => Promise<Sample>,
  began: number,
): Promise<void> {
  const caller = async () => {
    for (let now = 0; now < seconds * 1000; now = performance.now() - began) {
      const { status } = await ask(performance.now() - began)
      if (status !== 200) await pause(refusedPauseMs)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

async function callBySchedule(
  perSecond: number,
  seconds: number,
  ask: (dueMs: number) => Promise<Sample>,
  began: number,
): Promise<void> {
  const asked: Promise<Sample>[] = []
  for (let i = 0; i < perSecond * seconds; i += 1) {
    const dueMs = (i * 1000) / perSecond
    const early = dueMs - (performance.now() - began)
    if (early > 0) await pause(early)
    asked.push(ask(dueMs))
  }
  await Promise.all(asked)
}

async function sampleOf(
  { url, body }: Stream,
  dispatcher: Agent,
  began: number,
  dueMs: number,
): Promise<Sample> {
  const told = await request(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
    dispatcher,
  })
    .then(async (answer) => {
      const text = await answer.body.text()
      const isProblem =
        String(answer.headers['content-type']).startsWith('application/problem+json') &&
        (JSON.parse(text) as { status?: number }).status === answer.statusCode
      return { status: answer.statusCode, retryAfter: Number(answer.headers['retry-after'] ?? 0), isProblem }
    })
    .catch(() => ({ status: 0, retryAfter: 0, isProblem: false }))
  return { at: dueMs / 1000, ms: performance.now() - began - dueMs, ...told }
}

const streams = JSON.parse(argv[2] ?? '[]') as Stream[]
const agent = new Agent({ connections: 512, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })
const all = await Promise.all(streams.map((stream) => run(stream, agent)))
stdout.write(JSON.stringify(all))
await agent.destroy()
