/**
 * Event schedules over the real steps: `npm run test:schedules -- [--count N] [--seed S]`. Uploads are told of twice,
 * late, in any order and with other content; steps die before and after what they do and are called again; people
 * promote and roll back meanwhile. Asked means: by a release's manifest, or by one request of a person; each may move
 * `live` to its version once, and back once. Every schedule is made of its seed alone.
 */
import { parseArgs } from 'node:util'
import { requestPromotion, requestRollback } from '../../lambdas/control/requested-operations.ts'
import { resumeOperations } from '../../lambdas/monitoring/resume-operations.ts'
import type { Ports } from '../../lambdas/ports.ts'
import { takeIn } from '../../lambdas/release/intake.ts'
import { leavingError } from '../../lambdas/step.ts'
import { stepsOver } from '../../lambdas/steps.ts'
import { executionName, type Operation } from '../../lib/rules/operation.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import { type Lax, MemoryRegistry } from './memory-registry.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    without: { type: 'string' },
  },
})
const lax = values.without as Lax | undefined
const model = 'churn'
const versions = ['1.0.0', '1.1.0', '1.2.0']

class Died extends Error {}

function chance(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One schedule. @returns what it broke, undefined where it kept every promise; and how many moves were made */
async function schedule(seed: number): Promise<{ fault?: string; moves: number }> {
  const random = chance(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const waiting: (() => void)[] = []
  const turn = () => new Promise<void>((resolve) => waiting.push(resolve))
  const books = new MemoryRegistry(lax)
  // Each call waits for its turn; now and then its caller dies, before the effect or after it.
  const registry = new Proxy(books, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...facts: unknown[]) => Promise<unknown>
      return async (...facts: unknown[]) => {
        await turn()
        if (random() < 0.01) throw new Died()
        const answer = await method.apply(target, facts)
        if (random() < 0.01) throw new Died()
        return answer
      }
    },
  })
  const content = new Map(versions.map((version) => [version, 0]))
  const started = new Map<string, number>()
  const running = new Set<Promise<unknown>>()
  const spawn = (work: () => Promise<unknown>) => {
    const one = work().catch((error) => {
      if (!(error instanceof Died) && !isProblem(error)) throw error
    })
    running.add(one)
    one.finally(() => running.delete(one)).catch(() => {})
  }
  let now = 1_760_000_000_000
  const ports = {
    registry,
    store: {
      listing: async ({ version }: { version: string }) => [
        { path: 'model.onnx', size: 1, writtenAt: 0, ref: `${version}-${content.get(version)}` },
      ],
      recordedRev: async () => Number.MAX_SAFE_INTEGER,
      writeRecord: async () => {},
    },
    host: { describe: async () => ({ state: 'active', digest: 'sha256:1' }), remove: async () => {} },
    events: { publish: async () => {} },
    clock: { now: () => (now += 1) },
    random: { draw: random },
    settings: { platform: 'p', lookIntervalMs: 1, pollIntervalMs: 1 },
    workflows: {
      start: async (operation: Operation) => {
        const name = executionName(operation)
        const before = started.get(name) ?? 0
        if (before > 0 && lax !== 'executionName') return
        started.set(name, before + 1)
        spawn(() => execution(operation))
      },
    },
  } as unknown as Ports
  const steps = stepsOver(ports)
  /** A task: called again where it died; a problem leads to the step that cleans up. */
  const task = async (step: StepName, id: string, more: object = {}): Promise<Record<string, unknown>> => {
    for (;;) {
      try {
        return (await steps[step]({ operation: id, execution: 0, ...more })) as Record<string, unknown>
      } catch (error) {
        if (!(error instanceof Died)) throw error
      }
    }
  }
  const cleaned = async (cleaner: StepName, id: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      const failure = {
        Error: 'Problem',
        Cause: JSON.stringify({ errorMessage: leavingError(error).message }),
      }
      await task(cleaner, id, { failure })
    }
  }
  async function execution({ id, kind, version }: Operation): Promise<void> {
    if (kind === 'release')
      return cleaned('failRelease', id, async () => {
        const { status } = await task('claimVersion', id)
        if (status === 'duplicate' || status === 'over') return
        const facts = { image: { digest: 'sha256:1', uri: '' }, endpoint: { host: 'process', name: version } }
        await books.changeVersion(model, { version, seen: { state: 'CREATING', owner: id }, facts })
        await turn()
        await task('markReady', id)
        await task('startPromotion', id)
        await task('closeRelease', id)
      })
    if (kind === 'promotion')
      return cleaned('abortPromotion', id, async () => {
        let { status } = await task('openPromotion', id)
        for (let step = 0; status === 'baking'; step += 1) {
          await turn()
          if (random() < 0.2) await task('returnTraffic', id)
          ;({ status } = await task('advanceRollout', id, { step }))
        }
        if (status !== 'over') await task('closePromotion', id)
      })
    return cleaned('failRollback', id, async () => {
      const { status } = await task('probeTarget', id)
      if (status === 'probed') await task('closeRollback', id)
    })
  }
  const people = [
    () => takeIn(ports, `models/${model}/${pick(versions)}.onnx`, { actor: 'ada' }),
    async () => {
      const version = pick(versions)
      content.set(version, (content.get(version) ?? 0) + 1)
    },
    () =>
      requestPromotion(ports, {
        model,
        actor: 'ada',
        version: pick(versions),
        reason: 'asked',
        rollout:
          random() < 0.5
            ? { kind: 'all-at-once' }
            : { kind: 'canary', steps: [{ weightPercent: 10, bakeTimeSeconds: 1 }] },
      } as Parameters<typeof requestPromotion>[1]),
    () =>
      requestRollback(ports, { model, actor: 'ada', reason: 'asked' } as Parameters<
        typeof requestRollback
      >[1]),
    () => resumeOperations(ports),
  ]
  for (const version of versions)
    spawn(() => takeIn(ports, `models/${model}/${version}.onnx`, { actor: 'ada' }))
  let left = 14
  for (let turns = 0; turns < 5000; turns += 1) {
    if (left > 0 && random() < 0.15) {
      left -= 1
      const act = pick([...people, people[0], people[2], people[3]])
      spawn(async () => act?.())
    }
    for (let i = 0; i < 16; i += 1) await null
    const next = waiting.splice(Math.floor(random() * waiting.length), 1)[0]
    if (next !== undefined) next()
    else if (left === 0) break
    for (let i = 0; i < 16; i += 1) await null
  }
  const fault = faultOf(books, started)
  return { moves: books.entries.length, ...(fault !== undefined && { fault }) }
}

/** What the whole history of a schedule tells that must not be. */
function faultOf({ entries }: MemoryRegistry, started: ReadonlyMap<string, number>): string | undefined {
  for (const [name, count] of started) if (count > 1) return `${count} executions of ${name}`
  const once = new Set<string>()
  let live: string | undefined
  for (const [i, { kind, operation, version, rev, after }] of entries.entries()) {
    if (rev !== i + 1) return `entry ${i + 1} says that it is the revision ${rev}`
    const key = kind === 'released' ? `released ${version}` : `${kind} by ${operation}`
    if (once.has(key) && kind !== 'weight-moved') return `${key}, twice`
    once.add(key)
    const stable = after.aliases['live']?.stable
    if (stable !== live && kind !== 'promoted' && kind !== 'rolled-back') return `'live' moved by a ${kind}`
    if (stable !== live && kind === 'rolled-back' && !operation.startsWith('rollback-'))
      return `'live' went back from ${live} to ${stable} unasked, by ${operation}`
    live = stable
  }
  return undefined
}

const startedAt = performance.now()
const first = Number(values.seed)
let [moves, faults] = [0, 0]
for (let seed = first; seed < first + Number(values.count) && faults < 5; seed += 1) {
  const { fault, moves: made } = await schedule(seed)
  moves += made
  if (fault === undefined) continue
  faults += 1
  console.log(`${fault}; again with --seed ${seed} --count 1`)
}
const seconds = (performance.now() - startedAt) / 1000
console.log(
  `${values.count} schedules from seed ${first}, ${moves} moves: ${faults} broke a promise; ${seconds.toFixed(0)} s`,
)
process.exitCode = faults === 0 ? 0 : 1
