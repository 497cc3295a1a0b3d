import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { DryRun } from '../../lambdas/control/dry-run.ts'
import {
  requestPromotion,
  requestRetirement,
  requestRollback,
} from '../../lambdas/control/requested-operations.ts'
import { reconcile } from '../../lambdas/monitoring/reconcile.ts'
import { resumeOperations } from '../../lambdas/monitoring/resume-operations.ts'
import { takeIn } from '../../lambdas/release/intake.ts'
import { artifactDigest } from '../../lib/rules/artifact.ts'
import { looksPerExecution, type Operation } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { type StepName, stepNames } from '../../lib/wiring/handler-names.ts'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { machinesOfTemplate } from '../harness/machines.ts'
import { type Behaviour, goodBehaviour } from '../harness/memory-world/memory-host.ts'
import { MemoryWorld, type StepFault } from '../harness/memory-world/memory-world.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { Chance } from '../refusals/fuzz/mutations.ts'

/**
 * Every task of every machine out of the template, over the real steps: each error, before the step has done anything
 * and after it has done everything, once and for ever. Then the sweeper comes by once, and nothing may be left half: a
 * version that is READY though its release has failed is whole, since it was proven before it became so.
 */

const named = (name: string, message: string) => Object.assign(new Error(message), { name })
const errors: Readonly<Record<string, Error>> = {
  throttled: named('ThrottlingException', 'Rate exceeded'),
  timeout: named('TimeoutError', 'socket hang up'),
  'network reset': named('Error', 'read ECONNRESET'),
  'condition failed': named('ConditionalCheckFailedException', 'The conditional request failed'),
  'access denied': named('AccessDeniedException', 'not authorized to perform this'),
  'a Problem': new Problem('endpoint-failed', 'it did not start'),
  'disk full': named('Error', 'ENOSPC: no space left on device'),
  'service 500': named('InternalServerError', 'The request could not be processed'),
  killed: named('Lambda.Unknown', 'signal: killed'),
}

interface Fault {
  readonly step: StepName
  readonly error: Error
  readonly at: 'before' | 'after'
  readonly often: 'once' | 'always'
}

let machines: ExtractedMachines

beforeAll(async () => {
  machines = await machinesOfTemplate()
})

function newWorld(fault?: Fault): MemoryWorld {
  let left = fault?.often === 'once' ? 1 : Number.POSITIVE_INFINITY
  const stepPlan = (step: StepName): StepFault | undefined => {
    if (fault === undefined || step !== fault.step || left === 0) return undefined
    left -= 1
    return fault.at === 'before' ? { before: fault.error } : { after: fault.error }
  }
  const chance = new Chance(3)
  return new MemoryWorld({
    machines,
    start: Date.parse('2026-01-05T00:00:00.000Z'),
    random: chance,
    stepPlan,
    latencyMs: () => 1,
  })
}

const minute = 60_000

async function passed(world: MemoryWorld, minutes: number): Promise<void> {
  await world.time.pass(world.time.now() + minutes * minute)
}

async function push(world: MemoryWorld, version: string, facts: Partial<Behaviour> = {}): Promise<void> {
  const onnx = timesModel(Number(version.split('.')[1]) + 2)
  const digest = artifactDigest([
    { path: 'model.onnx', sha256: createHash('sha256').update(onnx).digest('hex') },
  ])
  world.host.behave(digest, { ...goodBehaviour, startMs: 1000, ...facts })
  const key = `models/churn/${version}.onnx`
  world.store.put(key, onnx)
  await takeIn(world.truth, key, { actor: 'ana' })
  await passed(world, 10)
}

/** 1.0.0 is live, and 1.1.0 is ready. */
async function twoVersions(world: MemoryWorld): Promise<void> {
  await push(world, '1.0.0')
  await push(world, '1.1.0')
}

const canary = {
  model: 'churn',
  version: '1.1.0',
  actor: 'ben',
  reason: 'better',
  rollout: 'canary:20%/60s',
} as const

/** Outcomes of the rollout under way, as a router counts them. */
async function count(world: MemoryWorld, failed: boolean): Promise<void> {
  const running = world.registry.standing.unfinished().find(({ kind }) => kind === 'promotion')
  if (running === undefined) return
  const of = { model: 'churn', rollout: running.id, step: 0, latencyMs: 20 }
  for (let i = 0; i < 60; i += 1) {
    await world.metrics.count({ ...of, version: '1.1.0', variant: 'canary', failed })
    await world.metrics.count({ ...of, version: '1.0.0', variant: 'stable', failed: false })
  }
}

async function promoted(world: MemoryWorld, failed: boolean): Promise<void> {
  await twoVersions(world)
  await requestPromotion(world.truth, canary)
  await passed(world, 0.5)
  await count(world, failed)
}

/** No dry run was asked for. */
function begun(asked: Operation | DryRun): Operation {
  if ('dryRun' in asked) throw new Error('nothing was begun')
  return asked
}

type Scene = (world: MemoryWorld) => Promise<unknown>
const scenes = {
  released: (world) => twoVersions(world),
  'not released': (world) => push(world, '1.0.0', { failsToStart: 'it cannot be loaded' }),
  promoted: (world) => promoted(world, false),
  'taken back': (world) => promoted(world, true),
  continued: async (world) => {
    await twoVersions(world)
    const { id } = begun(await requestPromotion(world.truth, canary))
    const seen = world.registry.standing.operation(id)
    if (seen?.rollout === undefined) throw new Error('the promotion was not begun')
    await world.registry.replaceOperation(seen, {
      ...seen,
      rollout: { ...seen.rollout, looks: looksPerExecution },
    })
    await passed(world, 0.5)
    await count(world, false)
  },
  'not promoted': async (world) => {
    await twoVersions(world)
    const { endpoint } = world.registry.standing.version('churn', '1.1.0') ?? {}
    if (endpoint !== undefined) world.host.kill(endpoint)
    await requestPromotion(world.truth, canary)
  },
  'rolled back': async (world) => {
    await twoVersions(world)
    await requestPromotion(world.truth, { ...canary, rollout: 'all-at-once' })
    await passed(world, 5)
    await requestRollback(world.truth, { model: 'churn', actor: 'cem', reason: 'odd' })
  },
  'rolled back to the dead': async (world) => {
    await twoVersions(world)
    await requestPromotion(world.truth, { ...canary, rollout: 'all-at-once' })
    await passed(world, 5)
    const { endpoint } = world.registry.standing.version('churn', '1.0.0') ?? {}
    if (endpoint !== undefined) world.host.kill(endpoint)
    await requestRollback(world.truth, { model: 'churn', actor: 'cem', reason: 'odd' })
  },
  retired: async (world) => {
    await twoVersions(world)
    await requestRetirement(world.truth, { model: 'churn', version: '1.1.0', actor: 'dee', reason: 'old' })
  },
  'not retired': async (world) => {
    await twoVersions(world)
    const retirement = { model: 'churn', version: '1.1.0', actor: 'dee', reason: 'old' }
    // Both are asked for at once, and the alias moves before the machine of the retirement looks.
    await Promise.all([
      requestPromotion(world.truth, { ...canary, rollout: 'all-at-once' }),
      requestRetirement(world.truth, retirement),
    ])
  },
} satisfies Record<string, Scene>

/** Where each task is come by. */
const sceneOf: { readonly [step in StepName]?: keyof typeof scenes } = {
  ...Object.fromEntries(stepNames.release.map((step) => [step, 'released'])),
  failRelease: 'not released',
  ...Object.fromEntries(stepNames.promotion.map((step) => [step, 'promoted'])),
  returnTraffic: 'taken back',
  continuePromotion: 'continued',
  abortPromotion: 'not promoted',
  ...Object.fromEntries(stepNames.rollback.map((step) => [step, 'rolled back'])),
  failRollback: 'rolled back to the dead',
  ...Object.fromEntries(stepNames.retirement.map((step) => [step, 'retired'])),
  failRetirement: 'not retired',
}

/** What is neither done nor undone. */
function half({ registry: { standing }, host }: MemoryWorld): string[] {
  const versions = standing.versions()
  const state = (model: string, version: string) => standing.version(model, version)?.state
  return [
    ...standing.unfinished().map(({ kind }) => `a ${kind} under way`),
    ...versions
      .filter((one) => one.state === 'CREATING' || one.state === 'RETIRED')
      .map((one) => `a version ${one.state}`),
    ...host
      .standing()
      .flatMap(({ model, version }) =>
        state(model, version) === 'READY' ? [] : [`an endpoint of a version ${state(model, version)}`],
      ),
    ...versions
      .filter((one) => one.state === 'READY' && !host.has(one.endpoint?.name ?? ''))
      .map(() => 'a READY version without an endpoint'),
    ...standing
      .models()
      .flatMap(({ aliases }) => Object.values(aliases).flatMap((one) => (one.canary ? ['a canary'] : []))),
  ]
}

/** How it ended: by the last operation of the scene, or what is left half. */
async function ended(
  scene: Scene,
  fault?: Fault,
): Promise<{ readonly end: string; readonly isHit: boolean; readonly isSwept: boolean }> {
  let isHit = false
  const world = newWorld(
    fault && {
      ...fault,
      get error() {
        isHit = true
        return fault.error
      },
    },
  )
  await scene(world).catch((error: unknown) => {
    // What the scene needed did not come about, since it failed cleanly before.
    if (!(error instanceof Problem)) throw error
  })
  await passed(world, 60)
  await resumeOperations(world.truth)
  // Longer than every deadline, and than the sweeper's patience after it.
  await passed(world, 26 * 60)
  const { repairs } = await reconcile(world.truth)
  const isSwept = repairs.length > 0
  const left = half(world)
  if (left.length > 0) return { end: `half: ${[...new Set(left)].toSorted().join(', ')}`, isHit, isSwept }
  const operations = (await world.registry.operations('churn')).filter(({ kind }) =>
    stepNames[kind].includes(fault?.step as never),
  )
  return {
    end: operations.some(({ state }) => state === 'failed') ? 'failed' : (operations[0]?.state ?? 'nothing'),
    ...{ isHit, isSwept },
  }
}

const matrix = new Map<string, Map<string, number>>()

describe.each(Object.values(stepNames).flat())('the task %s', (step) => {
  const scene = scenes[sceneOf[step] as keyof typeof scenes] as Scene
  const cases = Object.entries(errors).flatMap(([what, error]) =>
    (['before', 'after'] as const).flatMap((at) =>
      (['once', 'always'] as const).map((often) => ({ what, error, at, often })),
    ),
  )

  test(`ends well, cleanly failed or taken back, whatever goes wrong`, async () => {
    const counts = new Map<string, number>()
    matrix.set(step, counts)
    const bad: string[] = []
    for (const { what, error, at, often } of cases) {
      const { end, isHit, isSwept } = await ended(scene, { step, error, at, often })
      const told = isSwept ? `${end} by the sweeper` : end
      counts.set(told, (counts.get(told) ?? 0) + 1)
      if (!isHit) bad.push(`${what} ${at} ${often}: the task was never come by`)
      if (end.startsWith('half')) bad.push(`${what} ${at} ${often}: ${end}`)
    }
    expect(bad).toEqual([])
    expect(cases).toHaveLength(36)
  }, 60_000)
})

afterAll(() => {
  const lines = [...matrix].map(
    ([step, counts]) =>
      `${step.padEnd(18)} ${[...counts].map(([end, count]) => `${count} ${end}`).join(', ')}`,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
})
