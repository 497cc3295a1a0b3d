import { createHash } from 'node:crypto'
import {
  requestPromotion,
  requestRetirement,
  requestRollback,
} from '../../lambdas/control/requested-operations.ts'
import { takeIn } from '../../lambdas/release/intake.ts'
import { artifactDigest } from '../../lib/rules/artifact.ts'
import { type Behaviour, goodBehaviour } from '../harness/memory-world/memory-host.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { ask, inProcess } from './asking.ts'
import { hour, nameOf, nowAndThen, oneIn, type Stage } from './stage.ts'

/** Data scientists and those who run a platform: they push, promote, roll back and retire, at all hours. */
export function beginWork(stage: Stage): void {
  for (const model of stage.models) {
    nowAndThen(stage, 9 * hour, () => push(stage, model))
    nowAndThen(stage, 9 * hour, () => promote(stage, model))
    nowAndThen(stage, 50 * hour, () => rollBack(stage, model))
    nowAndThen(stage, 20 * hour, () => retire(stage, model))
    nowAndThen(stage, 40 * hour, () => overwrite(stage, model))
  }
}

type Kind = 'good' | 'wrong' | 'unstartable' | 'liar' | 'failing' | 'slow'
const kinds: readonly Kind[] = [
  ...Array.from({ length: 13 }, () => 'good' as const),
  ...(['wrong', 'wrong', 'unstartable', 'liar', 'failing', 'failing', 'slow'] as const),
]

const behaviours: Readonly<Record<Kind, Partial<Behaviour>>> = {
  good: {},
  wrong: {},
  unstartable: { failsToStart: 'it cannot be loaded' },
  liar: { runsAnother: true },
  failing: { errorShare: 0.5 },
  slow: { latencyMs: 400 },
}

/** What a manifest may ask for after the release. */
const releases = [
  '',
  'release: { alias: none }',
  'release: { alias: live, rollout: { kind: canary, steps: [{ weightPercent: 30, bakeTimeSeconds: 300 }] }, limits: { minRequests: 20 } }',
  'release: { alias: staging, rollout: { kind: all-at-once } }',
  'release: { alias: [staging, live], rollout: { kind: linear, percent: 50, bakeTimeSeconds: 300 } }',
]

/** Upload a version: in any order, noticed once, twice or never. */
async function push(stage: Stage, model: string): Promise<void> {
  const { chance, world, ledger } = stage
  const count = [...ledger.uploads.values()].filter((one) => one.model === model).length
  const version = `${1 + Math.floor(count / 8)}.${count % 8}.${chance.below(2)}`
  const kind = chance.pick(kinds)
  const factor = 2 + count + stage.models.indexOf(model) * 500
  const onnx = timesModel(factor)
  const isWhole = kind !== 'wrong' && oneIn(chance, 4)
  const promised = JSON.stringify({ predictions: [3 * factor + (kind === 'wrong' ? 1 : 0)] })
  const isProven = kind === 'wrong' || (kind !== 'failing' && oneIn(chance, 2))
  const examples = isProven
    ? { 'examples/one.json': '{"x":3}', 'examples/one.expected.json': promised }
    : ({} as Record<string, string>)
  const manifest = [
    chance.pick(releases),
    ...(isProven ? ['examples: [{ request: examples/one.json, expect: examples/one.expected.json }]'] : []),
  ].join('\n')
  const files: Record<string, string | Uint8Array> = isWhole
    ? { 'model.onnx': onnx }
    : { 'model.yaml': manifest, 'model.onnx': onnx, ...examples }
  const digest = artifactDigest(
    Object.entries(files).map(([path, bytes]) => ({ path, sha256: sha256(bytes) })),
  )
  const startMs = 500 + chance.below(60_000)
  const behaviour = { ...goodBehaviour, factor, startMs, ...behaviours[kind] }
  world.host.behave(digest, behaviour)
  const isHarmful = kind === 'failing' || kind === 'slow'
  ledger.uploads.set(nameOf({ model, version }), { model, version, behaviour, isHarmful })
  ledger.count(`pushed: ${kind}`)
  stage.hear(`push ${nameOf({ model, version })} ${kind}`)
  for (const [path, bytes] of Object.entries(files).toSorted(() => chance.draw() - 0.5)) {
    const key = isWhole ? `models/${model}/${version}.onnx` : `models/${model}/${version}/${path}`
    world.store.put(key, bytes)
    notice(stage, key)
    await world.time.pause(chance.below(8000))
  }
}

/** The store tells of an object: at least once as a rule, late and more than once now and then, never at times. */
function notice(stage: Stage, key: string): void {
  const { chance, world, ledger } = stage
  const times = chance.pick([0, 1, 1, 1, 1, 1, 1, 1, 2, 3])
  if (times !== 1) ledger.count(times === 0 ? 'events lost' : 'events doubled')
  for (let i = 0; i < times; i += 1) {
    const lateMs = oneIn(chance, 20) ? chance.below(hour) : chance.below(2000)
    world.time.after(lateMs, () => void intake(stage, key, 3))
  }
}

/** The intake is asked three times where it fails, as a function that is called by events. */
async function intake(stage: Stage, key: string, attempts: number): Promise<void> {
  try {
    await inProcess(stage, `intake of ${key}`, (ports) => takeIn(ports, key, { actor: 'ana' }))
  } catch {
    if (attempts > 1) stage.world.time.after(60_000, () => void intake(stage, key, attempts - 1))
  }
}

/** Somebody writes over what was released: nothing of it may change. */
async function overwrite(stage: Stage, model: string): Promise<void> {
  const { chance, world, ledger } = stage
  const released = world.registry.standing
    .versions()
    .filter((one) => one.model === model && one.state === 'READY')
  if (released.length === 0) return
  const { version } = chance.pick(released)
  const key = `models/${model}/${version}/model.onnx`
  ledger.count('overwritten')
  world.store.put(key, timesModel(99_999))
  notice(stage, key)
}

async function promote(stage: Stage, model: string): Promise<void> {
  const version = readyVersion(stage, model)
  if (version === undefined) return
  const { chance, ledger } = stage
  const isHarmful = ledger.uploads.get(nameOf({ model, version }))?.isHarmful === true
  const careful = ['canary:30%/300s', 'canary:20%/300s,60%/300s', 'linear:50%/300s']
  const rollout = chance.pick(isHarmful ? careful : [...careful, 'all-at-once'])
  const alias = chance.pick(['live', 'live', 'live', 'staging'])
  const asked = { model, version, alias, rollout, actor: 'ben', reason: 'it is better' }
  await ask(stage, `promote ${nameOf(asked)} to ${alias} ${rollout}`, (ports) =>
    requestPromotion(ports, asked),
  )
}

async function rollBack(stage: Stage, model: string): Promise<void> {
  const { chance } = stage
  const to = oneIn(chance, 3) ? readyVersion(stage, model) : undefined
  const alias = chance.pick(['live', 'live', 'staging'])
  const asked = { model, alias, ...(to !== undefined && { to }), actor: 'cem', reason: 'something is odd' }
  await ask(stage, `roll back ${model} ${alias} to ${to ?? 'what it was'}`, (ports) =>
    requestRollback(ports, asked),
  )
}

async function retire(stage: Stage, model: string): Promise<void> {
  const version = readyVersion(stage, model)
  if (version === undefined) return
  stage.ledger.retirementAsked.add(nameOf({ model, version }))
  const asked = { model, version, actor: 'dee', reason: 'nobody needs it' }
  await ask(stage, `retire ${nameOf(asked)}`, (ports) => requestRetirement(ports, asked))
}

function readyVersion({ world, chance }: Stage, model: string): string | undefined {
  const ready = world.registry.standing
    .versions()
    .filter((one) => one.model === model && one.state === 'READY')
  return ready.length === 0 ? undefined : chance.pick(ready).version
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
