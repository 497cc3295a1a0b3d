import { move } from '../../lambdas/moves.ts'
import { completeRollout } from '../../lib/rules/alias-move.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { hour, type Stage } from './stage.ts'

/** Break one promise by hand, as no step would, to see that its invariant fires. False: there is nothing to break yet. */
type Planting = (stage: Stage) => boolean | Promise<boolean>

const aliased = ({ world }: Stage) =>
  world.registry.standing
    .models()
    .flatMap(({ model, aliases }) => Object.values(aliases).map(({ stable }) => ({ model, version: stable })))

const isSame = (one: { model: string; version: string }, other: { model: string; version: string }) =>
  one.model === other.model && one.version === other.version

const ready = (stage: Stage) =>
  stage.world.registry.standing.versions().filter(({ state }) => state === 'READY')

const setState = ({ world }: Stage, { model, version }: { model: string; version: string }) =>
  world.registry.changeVersion(model, { version, seen: { state: 'READY' }, facts: { state: 'FAILED' } })

/** What nobody begun: an operation that was written down and has no machine. */
function dangling({ world }: Stage, { model, version }: VersionRecord): Operation {
  const startedAt = new Date(world.time.now()).toISOString()
  const told = { id: 'rollback-planted', kind: 'rollback', state: 'running', startedAt } as const
  const deadline = world.time.now() - 100 * hour
  return { ...told, model, version, deadline, actor: 'eve', reason: 'planted', progress: [], executions: 0 }
}

export const plants = {
  /** A version goes that an alias names. */
  alias: async (stage) => {
    const one = aliased(stage)[0]
    return one !== undefined && setState(stage, one)
  },
  /** A version goes that no alias names, and that a range reaches. */
  range: async (stage) => {
    const named = aliased(stage)
    const accepted = stage.world.registry.standing
      .models()
      .flatMap((record) => record.accepted.map((version) => ({ model: record.model, version })))
    const one = accepted.find((each) => !named.some((other) => isSame(each, other)))
    return one !== undefined && setState(stage, one)
  },
  /** An alias moves by an operation that nobody begun. */
  asked: async (stage) => {
    const named = aliased(stage)
    const isMoving = ({ model }: VersionRecord) =>
      stage.world.registry.standing.model(model)?.aliases['live']?.canary !== undefined
    const one = ready(stage).find((each) => !isMoving(each) && !named.some((other) => isSame(each, other)))
    if (one === undefined) return false
    const { model, version } = one
    const about = { alias: 'live', version, actor: 'eve', reason: 'planted', operation: 'promotion-planted' }
    await move(stage.world.truth, model, (record) => ({
      moved: completeRollout(record, { alias: 'live', version, rollout: about.operation }),
      happening: { kind: 'promoted', ...about },
    }))
    return true
  },
  /** A rollout goes on although somebody was told that it is paused. */
  held: ({ world, ledger }) => {
    const baking = world.registry.standing.unfinished().find(({ rollout }) => (rollout?.step ?? -1) >= 0)
    if (baking !== undefined) ledger.held.set(baking.id, 'pause')
    return false
  },
  /** The platform asks nobody, and was told to. */
  agreed: (stage) => {
    stage.approvals = { live: 'required', staging: 'required' }
    return true
  },
  /** The metrics tell of canaries that all is well. */
  harm: ({ world }) => {
    const count = world.metrics.count.bind(world.metrics)
    world.metrics.count = (one) => count({ ...one, failed: false, latencyMs: 20 })
    return true
  },
  /** A version that is READY becomes another release's. */
  claim: async (stage) => {
    const [one] = ready(stage)
    if (one === undefined) return false
    const { model, version } = one
    const change = { version, seen: { state: 'READY' }, facts: { owner: 'release-planted' } } as const
    return stage.world.registry.changeVersion(model, change)
  },
  /** Somebody changes an entry of the history. */
  chain: ({ world }) => {
    const [model] = world.registry.standing.models()
    const entries = world.registry.standing.history(model?.model ?? '') as unknown as object[]
    const [first] = entries
    if (first === undefined) return false
    entries[0] = { ...first, actor: 'eve' }
    return true
  },
  /** An operation is never started, and nobody comes by to see. */
  end: async (stage) => {
    const [one] = ready(stage)
    if (one === undefined) return false
    stage.isMended = false
    return stage.world.registry.open(dangling(stage, one))
  },
  /** What somebody was told of was never written down. */
  kept: ({ ledger }) => {
    ledger.acknowledged.set('rollback-planted', { kind: 'rollback', model: 'churn' })
    return true
  },
  /** An endpoint is made for no version, and nobody comes by to see. */
  rest: async (stage) => {
    const [one] = ready(stage)
    const { image, manifest, model } = one ?? {}
    if (image === undefined || manifest === undefined || model === undefined) return false
    stage.isMended = false
    await stage.world.host.create({ model, version: '99.0.0', image, manifest })
    return true
  },
  /** Endpoints answer something else than their model would. */
  call: ({ world }) => {
    const invoke = world.host.invoke.bind(world.host)
    world.host.invoke = async (...call) => {
      const answer = await invoke(...call)
      return { ...answer, body: new TextEncoder().encode('{"predictions":[-1]}') }
    }
    return true
  },
} satisfies Record<string, Planting>
export type Plant = keyof typeof plants

/** @throws Error where there is no such plant */
export function plantNamed(name: string): Plant {
  if (Object.hasOwn(plants, name)) return name as Plant
  throw new Error(`there is no plant '${name}'; there are: ${Object.keys(plants).join(', ')}`)
}

/** Break it as soon as there is something to break, from the sixth hour on. */
export function breakByHand(stage: Stage, name: Plant): void {
  const planting: Planting = plants[name]
  const attempt = async () => {
    if (await planting(stage)) stage.hear(`planted: ${name}`)
    else stage.world.time.after(hour / 10, attempt)
  }
  stage.world.time.after(6 * hour, attempt)
}
