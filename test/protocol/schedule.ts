import { requestPromotion, requestRollback } from '../../lambdas/control/requested-operations.ts'
import { resumeOperations } from '../../lambdas/monitoring/resume-operations.ts'
import type { Ports } from '../../lambdas/ports.ts'
import { takeIn } from '../../lambdas/release/intake.ts'
import { failureOf } from '../../lambdas/step.ts'
import { stepsOver } from '../../lambdas/steps.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { executionName, type Operation } from '../../lib/rules/operation.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { defaultLimits } from '../../lib/rules/rollout.ts'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import { nobodyCalls } from '../harness/calls.ts'
import { MemoryRegistry } from '../harness/memory-world/memory-registry.ts'
import { settingsWith } from '../harness/settings.ts'
import { Chance } from '../refusals/fuzz/mutations.ts'
import { LaxRegistry, type Protection } from './lax-registry.ts'

/** What came of a schedule. */
export interface Scheduled {
  readonly seed: number
  /** The promise that it broke; absent where it kept every one. */
  readonly fault?: string
  readonly moves: number
  /** The hash of the last entry of its history, which is over all there are: equal for equal seeds. */
  readonly head: string
}

/** What no machine's retry is for. */
const isMistake = (error: unknown) => error instanceof TypeError || error instanceof ReferenceError

const model = 'churn'
const versions = ['1.0.0', '1.1.0', '1.2.0']

/** What a version asks for when it is ready. Its gates are proven elsewhere. */
const manifestWith = (alias: 'live' | 'none') => {
  const release = { alias, rollout: { kind: 'all-at-once' }, limits: defaultLimits, compatibility: 'none' }
  return { release } as Manifest
}
const digest = 'sha256:1'

/** How often a machine calls a step that fails again and again, before it leaves it. */
const attempts = 6

class Died extends Error {}

/** Live through the schedule of a seed, with every protection or without one of them. */
export async function schedule(seed: number, without?: Protection): Promise<Scheduled> {
  const chance = new Chance(seed)
  const waiting: (() => void)[] = []
  const turn = () => new Promise<void>((resolve) => waiting.push(resolve))
  const books = without === undefined ? new MemoryRegistry() : new LaxRegistry(without)
  const dying = chance.pick([0.01, 0.05])
  // Each call waits for its turn; now and then its caller dies, before the effect or after it.
  const registry = new Proxy(books, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...facts: unknown[]) => Promise<unknown>
      return async (...facts: unknown[]) => {
        await turn()
        if (chance.draw() < dying) throw new Died()
        const answer = await method.apply(target, facts)
        if (chance.draw() < dying) throw new Died()
        return answer
      }
    },
  })
  const content = new Map(versions.map((version) => [version, 0]))
  const started = new Map<string, number>()
  const broken: string[] = []
  /** People and executions end in what they did, in a refusal, or by dying; in nothing else. */
  const spawn = (work: () => Promise<unknown>) => {
    work().catch((error: unknown) => {
      if (!(error instanceof Died) && !isProblem(error)) broken.push(`something was thrown: ${error}`)
    })
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
    host: { describe: async () => ({ state: 'active', digest }), remove: async () => {} },
    events: { publish: async () => {} },
    clock: { now: () => (now += 1) },
    random: chance,
    settings: settingsWith({ lookIntervalMs: 1, pollIntervalMs: 1 }),
    callers: nobodyCalls,
    workflows: {
      start: async (operation: Operation) => {
        const name = executionName(operation)
        const before = started.get(name) ?? 0
        if (before > 0 && without !== 'executionName') return
        started.set(name, before + 1)
        spawn(() => execution(operation))
      },
    },
  } as unknown as Ports
  const steps = stepsOver(ports)
  /** A task: called again where it died; a problem leads to the step that cleans up. */
  const task = async (step: StepName, id: string, more: object = {}): Promise<Record<string, unknown>> => {
    for (let failed = 0; ; ) {
      try {
        return (await steps[step]({ operation: id, execution: 0, ...more })) as Record<string, unknown>
      } catch (error) {
        if (isProblem(error) || isMistake(error)) throw error
        failed += error instanceof Died ? 0 : 1
        if (failed === attempts) throw new Problem('platform-fault', `${error}`)
        // Whoever died is called again when others have gone on.
        for (let turns = chance.below(30); turns > 0; turns -= 1) await turn()
      }
    }
  }
  const cleaned = async (cleaner: StepName, id: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (!isProblem(error)) throw error
      await task(cleaner, id, { failure: failureOf(error) })
    }
  }
  async function execution({ id, kind, version }: Operation): Promise<void> {
    if (kind === 'release')
      return cleaned('failRelease', id, async () => {
        const { status } = await task('claimVersion', id)
        if (status === 'duplicate' || status === 'over') return
        const manifest = manifestWith(chance.pick(['live', 'none']))
        const facts = {
          manifest,
          image: { digest, uri: '' },
          endpoint: { host: 'process', name: version },
        } as const
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
          if (chance.draw() < 0.2) await task('returnTraffic', id)
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
    () => takeIn(ports, `models/${model}/${chance.pick(versions)}.onnx`, { actor: 'ada' }),
    async () => {
      const version = chance.pick(versions)
      content.set(version, (content.get(version) ?? 0) + 1)
    },
    () =>
      requestPromotion(ports, {
        model,
        actor: 'ada',
        version: chance.pick(versions),
        reason: 'asked',
        rollout:
          chance.draw() < 0.5
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
  let left = 20
  // People take their time, so that there is something for them to move.
  for (let turns = 0; turns < 5000; turns += 1) {
    if (left > 0 && (waiting.length === 0 || chance.draw() < 0.03)) {
      left -= 1
      const act = chance.pick([...people, people[0], people[2], people[3]])
      spawn(async () => act?.())
    }
    for (let i = 0; i < 16; i += 1) await null
    const next = waiting.splice(chance.below(waiting.length), 1)[0]
    if (next !== undefined) next()
    else if (left === 0) break
    for (let i = 0; i < 16; i += 1) await null
  }
  const entries = books.standing.history(model)
  const fault = broken[0] ?? faultOf(entries, started)
  return {
    seed,
    head: entries.at(-1)?.hash ?? '',
    moves: entries.length,
    ...(fault !== undefined && { fault }),
  }
}

/** What the whole history of a schedule tells that must not be. */
function faultOf(entries: readonly HistoryEntry[], started: ReadonlyMap<string, number>): string | undefined {
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
