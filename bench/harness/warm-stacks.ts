import { join } from 'node:path'
import type { Launch } from '../../local/hosting/launch.ts'
import { ModelServer } from '../../local/hosting/model-server.ts'
import { ProcessCensus } from '../../local/hosting/process-census.ts'
import { VersionLog } from '../../local/hosting/version-log.ts'
import { WarmParents } from '../../local/hosting/warm-parents.ts'
import { until } from '../../test/harness/until.ts'
import type { Start } from './cold-stacks.ts'
import { onCore } from './cores.ts'
import { processorMicroseconds } from './process-tree.ts'
import { cores } from './stack.ts'

interface Host {
  /** A folder for its census and logs. */
  readonly folder: string
  readonly launch: Launch
  readonly body: string
}

/** A host with a version that runs: what is measured is the second. */
export interface WarmHost {
  start(): Promise<Start>
  stop(): Promise<void>
}

/** Versions of one environment, each in a process of its own, as the laptop starts them. */
export async function warmPython({ folder, launch, body }: Host): Promise<WarmHost> {
  const census = new ProcessCensus(join(folder, 'processes'))
  const warmParents = new WarmParents(census, { idleMs: 0 })
  const log = new VersionLog(join(folder, 'python.log'))
  const fresh = () => new ModelServer({ launch: pinned(launch), holds: 'one', log, census, warmParents })
  const first = fresh()
  await asked(first, 'first', launch, body)
  const parent = await until('a warm parent is ready', () => warmParents.ready[0], 60_000)
  return {
    start: async () => {
      const second = fresh()
      const before = processorMicroseconds(parent)
      const since = performance.now()
      const answer = await asked(second, 'second', launch, body)
      const ms = performance.now() - since
      const cpuMs = (processorMicroseconds(parent) - before) / 1000
      await second.stop()
      return { ms, cpuMs, answer }
    },
    stop: async () => {
      await first.stop()
      warmParents.stop()
    },
  }
}

/** Versions of ONNX models, which share a process. */
export async function warmOnnx({ folder, launch, body }: Host): Promise<WarmHost> {
  const census = new ProcessCensus(join(folder, 'onnx-processes'))
  const server = new ModelServer({
    launch: pinned(launch),
    holds: 'many',
    log: new VersionLog(join(folder, 'onnx.log')),
    census,
  })
  await asked(server, 'first', launch, body)
  let versions = 0
  return {
    start: async () => {
      versions += 1
      const since = performance.now()
      const answer = await asked(server, `second-${versions}`, launch, body)
      return { ms: performance.now() - since, cpuMs: Number.NaN, answer }
    },
    stop: () => server.stop(),
  }
}

/** Load a version and ask it once. */
async function asked(server: ModelServer, name: string, { env }: Launch, body: string): Promise<string> {
  await server.load(name, env['MODEL_DIR'] ?? '')
  const { status, body: answer } = await server.invoke(name, body, 'application/json', 60_000)
  const text = Buffer.from(answer).toString()
  if (status !== 200) throw new Error(`status ${status}: ${text}`)
  return text
}

function pinned(launch: Launch): Launch {
  const [command, args] = onCore(cores.servers, launch.command, launch.args)
  return { ...launch, command, args }
}
