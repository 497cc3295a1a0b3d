import { join } from 'node:path'
import { run } from '../../test/harness/containers/run.ts'
import { isInstalled, onCore } from './cores.ts'

const script = join(import.meta.dirname, 'post.lua')

export interface LoadOptions {
  /** Where it is posted. */
  readonly url: string
  /** The file with the body. */
  readonly body: string
  readonly connections: number
  readonly seconds: number
  /** Bind the generator to this core. */
  readonly core: number
}

/** What a load came to. */
export interface Load {
  readonly answers: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers of 400 or more, broken connections and those that did not come. */
  readonly errors: number
}

/** @throws Error where there is no wrk */
export function requireWrk(): void {
  if (isInstalled('wrk')) return
  throw new Error(
    'there is no wrk on the PATH, which makes the load: apt-get install wrk, or brew install wrk',
  )
}

/** Keep so many connections busy with one request for a while, from one thread. */
export async function load({ url, body, connections, seconds, core }: LoadOptions): Promise<Load> {
  const flags = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    script,
    url,
    '--',
    body,
  ]
  const said = await run(...onCore(core, 'wrk', flags))
  const told = JSON.parse(said.split('\n').at(-1) ?? '') as Record<Told, number>
  return {
    answers: told.answers,
    perSecond: told.answers / (told.microseconds / 1e6),
    p50Ms: told.p50 / 1000,
    p99Ms: told.p99 / 1000,
    errors: told.status + told.connect + told.read + told.write + told.timeout,
  }
}

/** What post.lua prints. */
type Told = 'answers' | 'microseconds' | 'p50' | 'p99' | 'status' | 'connect' | 'read' | 'write' | 'timeout'
