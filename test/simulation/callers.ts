import type { Ports } from '../../lambdas/ports.ts'
import { answerInvocation } from '../../lambdas/serving/invocation.ts'
import { RecentRecords } from '../../lambdas/serving/recent-records.ts'
import { previousAlias } from '../../lib/rules/names.ts'
import { parseInvocationPath } from '../../lib/rules/request-path.ts'
import { route } from '../../lib/rules/routing.ts'
import { parseVersionSelector } from '../../lib/rules/version-range.ts'
import { Process } from '../harness/memory-world/faults.ts'
import { hour, minute, nameOf, oneIn, type Stage } from './stage.ts'

/** What was decided is visible everywhere within this (DESIGN §5.6), where the registry can be read. */
const visibleWithinMs = 1000

interface Router {
  readonly process: Process
  readonly ports: Ports
  readonly records: RecentRecords
  /** When something last went wrong with a call of one of its ports. */
  faultAt: number
}

/** Applications: they call aliases, ranges and versions, more by day than by night, and more while somebody rolls out. */
export function beginCalls(stage: Stage): () => void {
  const routers = [0, 1].map((i) => newRouter(stage, i))
  /** One that has died is replaced by one that knows nothing yet. */
  const router = (): Router => {
    const i = stage.chance.below(routers.length)
    const known = routers[i]
    if (known !== undefined && !known.process.isDead) return known
    const fresh = newRouter(stage, i)
    routers[i] = fresh
    return fresh
  }
  const { world, chance } = stage
  const look = () => {
    if (stage.isQuiet) return
    for (const { model, aliases } of world.registry.standing.models())
      for (const [alias, { canary }] of Object.entries(aliases))
        if (canary !== undefined)
          for (let i = 0; i < 6; i += 1) void call(stage, router(), model, `/aliases/${alias}`)
    world.time.after(15_000, look)
  }
  look()
  const next = () => {
    if (stage.isQuiet) return
    for (const model of stage.models) void call(stage, router(), model, target(stage, model))
    const byDay = world.time.now() % (24 * hour) > 8 * hour
    world.time.after((byDay ? 12 : 60) * minute * (0.5 + chance.draw()), next)
  }
  next()
  return look
}

function newRouter({ world }: Stage, i: number): Router {
  const process = new Process()
  world.processes.add(process)
  const router: Router = {
    process,
    ports: world.portsOf(process, `router ${i}`, (fault) => {
      if (fault !== undefined) router.faultAt = world.time.now()
    }),
    get records(): RecentRecords {
      return records
    },
    faultAt: Number.NEGATIVE_INFINITY,
  }
  const records = new RecentRecords(router.ports.registry, world.time)
  return router
}

function target({ world, chance }: Stage, model: string): string {
  const versions = world.registry.standing.versions().filter((one) => one.model === model)
  const exact = versions.length === 0 ? '1.0.0' : chance.pick(versions).version
  const [major = '1', minor = '0'] = exact.split('.')
  return chance.pick([
    ...['', '', '/aliases/live', '/aliases/staging', `/aliases/${previousAlias}`],
    ...[`/versions/${major}`, `/versions/${major}.${minor}`, `/versions/^${exact}`, `/versions/${exact}`],
  ])
}

/** Call a model, and hold the answer to what may be answered. */
async function call(stage: Stage, router: Router, model: string, of: string): Promise<void> {
  const { world, chance, ledger } = stage
  const path = `/models/${model}${of}/invocations`
  const asked = parseInvocationPath(path)
  if (asked === undefined) throw new Error(`${path} is no path of a call`)
  const x = 1 + chance.below(100)
  const affinity = oneIn(chance, 8) ? `caller-${chance.below(40)}` : undefined
  const began = world.time.now()
  const { host, metrics, random } = router.ports
  const reply = await answerInvocation(
    {
      ...{ host, random, clock: world.time, registry: router.records, callers: router.ports.callers },
      captures: router.ports.captures,
      // What a model takes is told by the world, and not by the machine that simulates it.
      metrics: { ...metrics, count: (one) => metrics.count({ ...one, latencyMs: latencyOf(stage, one) }) },
    },
    {
      ...{ path, asked, caller: 'an application' },
      header: (name) => (name === 'model-affinity' ? affinity : undefined),
      body: async () => new TextEncoder().encode(`{"x":${x}}`),
    },
  )
  const said = typeof reply.body === 'string' ? reply.body : new TextDecoder().decode(reply.body)
  const version = reply.headers['Model-Version']
  ledger.count(`calls: ${reply.status}`)
  stage.hear(`call ${path} ${reply.status} ${version ?? '-'}`)
  const fault = judged(stage, { router, model, of, began, version, status: reply.status, said, x })
  if (fault !== undefined)
    stage.violate(`${path} was answered ${reply.status} by ${version ?? 'nobody'}: ${fault}`)
}

function latencyOf(
  { ledger, chance }: Stage,
  one: { readonly model: string; readonly version: string },
): number {
  const { latencyMs = 20 } = ledger.uploads.get(nameOf(one))?.behaviour ?? {}
  return latencyMs * (0.8 + 0.4 * chance.draw())
}

interface Answered {
  readonly router: Router
  readonly model: string
  readonly of: string
  readonly began: number
  readonly version: string | undefined
  readonly status: number
  readonly said: string
  readonly x: number
}

/** What is wrong with an answer; undefined where it may be so. */
function judged(
  stage: Stage,
  { router, model, of, began, version, status, said, x }: Answered,
): string | undefined {
  const { world, ledger } = stage
  if (router.faultAt >= began - visibleWithinMs) return undefined
  const mayAnswer = versionsFor(stage, model, of, began - visibleWithinMs)
  if (version === undefined)
    return mayAnswer.has(undefined) ? undefined : `nobody was found, and there was somebody: ${said}`
  if (!mayAnswer.has(version)) return `it is not one of ${[...mayAnswer].join(', ')}`
  const record = world.registry.standing.version(model, version)
  const behaviour = ledger.uploads.get(nameOf({ model, version }))?.behaviour
  if (status === 200) {
    const right = JSON.stringify({ predictions: [x * (behaviour?.factor ?? 0)] })
    return said === right ? undefined : `it said ${said}, and ${right} would be right`
  }
  const isByName = of === `/versions/${version}`
  if (isByName && record?.state !== 'READY') return undefined
  const { code } = JSON.parse(said) as { code: string }
  const name = record?.endpoint?.name ?? ''
  if (code === 'version-waking' && ledger.parked.has(name)) return undefined
  if (code === 'model-failed' && (behaviour?.errorShare ?? 0) > 0) return undefined
  if (code === 'endpoint-unavailable' && ledger.killed.has(name)) return undefined
  return said
}

/** The versions that a call may reach, by any record that stood since then; undefined among them: none. */
function versionsFor(
  { ledger, world }: Stage,
  model: string,
  of: string,
  since: number,
): Set<string | undefined> {
  const [, kind, name = 'live'] = of.split('/')
  const selector = kind === 'versions' ? parseVersionSelector(name) : { alias: name }
  if ('exact' in selector) {
    const state = world.registry.standing.version(model, selector.exact)?.state
    return new Set(
      state === 'READY'
        ? [selector.exact, ...(readyLately(world, model, selector.exact) ? [undefined] : [])]
        : [undefined, selector.exact],
    )
  }
  const stood = ledger.recordsSince(model, since)
  const began = ledger.stood.get(model)?.[0]?.since ?? Number.POSITIVE_INFINITY
  const reached = stood.flatMap((record) =>
    [0, 0.999_999].map((draw) => {
      try {
        return route(record, selector, draw).version
      } catch {
        return undefined
      }
    }),
  )
  return new Set([...reached, ...(began > since ? [undefined] : [])])
}

function readyLately(world: Stage['world'], model: string, version: string): boolean {
  const { readyAt } = world.registry.standing.version(model, version) ?? {}
  return readyAt !== undefined && Date.parse(readyAt) > world.time.now() - 2 * visibleWithinMs
}
