import { createHash } from 'node:crypto'
import { findLostUploads } from '../../lambdas/monitoring/find-lost-uploads.ts'
import { reconcile } from '../../lambdas/monitoring/reconcile.ts'
import { resumeOperations } from '../../lambdas/monitoring/resume-operations.ts'
import type { Ports } from '../../lambdas/ports.ts'
import { expireApprovals } from '../../lambdas/promotion/approval.ts'
import type { ApprovalPolicy } from '../../lib/rules/approval.ts'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { MemoryWorld } from '../harness/memory-world/memory-world.ts'
import { Chance } from '../refusals/fuzz/mutations.ts'
import { inProcess } from './asking.ts'
import { beginCalls } from './callers.ts'
import { faultPlan, stepPlan } from './fault-plan.ts'
import { judgeMove, lookAround, lookAtDay, lookAtRest } from './invariants.ts'
import { beginLeading } from './leaders.ts'
import { beginWork } from './people.ts'
import { breakByHand, type Plant } from './plants.ts'
import { day, hour, Ledger, minute, nowAndThen, type Stage } from './stage.ts'

export interface Life {
  readonly days: number
  /** SHA-256 over every event, in order: equal for equal seeds. */
  readonly trace: string
  readonly events: number
  readonly violations: readonly Violation[]
  readonly counts: ReadonlyMap<string, number>
}

export interface Violation {
  /** The day in which it was seen, from 1. */
  readonly day: number
  readonly what: string
  /** What happened before it, the last thing last. */
  readonly last: readonly string[]
}

/** When every simulation begins. */
const beginning = Date.parse('2026-01-05T00:00:00.000Z')

/** How long nothing is begun and nothing goes wrong, until everything must have come to rest. */
const quietDays = 2

/** What a platform demands before an alias moves; most demand nothing. */
const policies: readonly ApprovalPolicy[] = [
  {},
  {},
  { live: 'required' },
  { live: 'four-eyes', staging: 'required' },
]

/** What is mended on a schedule. */
export async function mend(ports: Ports): Promise<void> {
  await resumeOperations(ports)
  await expireApprovals(ports)
  await findLostUploads(ports, 'the schedule')
  await reconcile(ports)
}

/** Live so many days on a platform in memory, with people, applications and faults, and hold it to its promises. @param plant breaks one of them by hand */
export async function live(
  machines: ExtractedMachines,
  seed: number,
  days: number,
  plant?: Plant,
): Promise<Life> {
  const chance = new Chance(seed)
  const trace = createHash('sha256')
  const last: string[] = []
  const violations: Violation[] = []
  const promoted = new Set<string>()
  let events = 0
  const now = () => world.time.now() - beginning
  const hear = (line: string) => {
    events += 1
    const told = `${now()} ${line}\n`
    trace.update(told)
    last.push(told)
    if (last.length > 60) last.shift()
  }
  const isQuiet = () => stage.isQuiet
  const approvals = chance.pick(policies)
  const world = new MemoryWorld({
    ...{ machines, start: beginning, random: chance, hear },
    plan: faultPlan(chance, isQuiet),
    stepPlan: stepPlan(chance, isQuiet),
    settings: { approvals },
    hasZombies: chance.draw() < 0.5,
    holdsWhatItMakes: chance.draw() < 0.5,
    onMove: (move) => judgeMove(move, stage, promoted),
  })
  const stage: Stage = {
    ...{ world, chance, hear, approvals, isQuiet: false, isMended: true },
    ledger: new Ledger(),
    models: ['churn', 'fraud'],
    violate: (what) => {
      if (violations.length < 20) violations.push({ day: 1 + Math.floor(now() / day), what, last: [...last] })
    },
  }
  const restore = onVirtualTimers(world)
  const loud = silenced()
  try {
    begin(stage)
    if (plant !== undefined) breakByHand(stage, plant)
    let seen = 0
    const look = () => {
      if (world.registry.changes + world.host.changes === seen) return
      seen = world.registry.changes + world.host.changes
      lookAround(stage)
    }
    for (let today = 1; today <= days && violations.length === 0; today += 1) {
      stage.isQuiet = today > days - quietDays
      await world.time.pass(beginning + today * day, look)
      await lookAtDay(stage)
    }
    if (violations.length === 0) await lookAtRest(stage)
  } finally {
    restore()
    loud()
  }
  return { days, trace: trace.digest('hex'), events, violations, counts: stage.ledger.counts }
}

function begin(stage: Stage): void {
  const { world, chance, ledger } = stage
  beginWork(stage)
  beginLeading(stage)
  beginCalls(stage)
  const schedule = () => {
    if (stage.isMended) inProcess(stage, 'the schedule', mend).catch(() => {})
    world.time.after(40 * minute, schedule)
  }
  schedule()
  nowAndThen(stage, 60 * hour, async () => {
    stage.hear('the power is cut')
    ledger.count('power cuts')
    world.cutPower()
  })
  // Most of the time nothing runs.
  nowAndThen(stage, 15 * minute, async () => {
    const running = [...world.workflows.executions.values()].filter(({ state }) => state === 'running')
    if (running.length === 0) return
    const { name } = chance.pick(running)
    stage.hear(`${name} is stopped by hand`)
    ledger.count('executions that were stopped')
    world.workflows.kill(name)
  })
  nowAndThen(stage, 100 * hour, async () => {
    const standing = world.host.standing()
    if (standing.length === 0) return
    const { endpoint } = chance.pick(standing)
    stage.hear(`${endpoint.name} dies`)
    ledger.count('endpoints that died')
    ledger.killed.add(endpoint.name)
    world.host.kill(endpoint)
  })
  nowAndThen(stage, 12 * hour, async () => {
    const ready = world.registry.standing.versions().filter(({ state }) => state === 'READY')
    const endpoint = ready.length === 0 ? undefined : chance.pick(ready).endpoint
    if (endpoint === undefined) return
    stage.hear(`${endpoint.name} falls asleep`)
    ledger.count('endpoints that fell asleep')
    ledger.parked.add(endpoint.name)
    await world.host.park(endpoint)
  })
}

/** What waits by a timer of its own (a router, for a slow registry) waits on the virtual clock. @returns ends it */
function onVirtualTimers({ time }: MemoryWorld): () => void {
  const { setTimeout, clearTimeout } = globalThis
  const timers = { setTimeout: (act: () => void, ms: number) => time.after(ms, act) as unknown }
  Object.assign(globalThis, { ...timers, clearTimeout: (forget?: () => void) => forget?.() })
  return () => Object.assign(globalThis, { setTimeout, clearTimeout })
}

/** What is logged of faults that were asked for is no news. @returns ends the silence */
function silenced(): () => void {
  const { error, warn } = console
  Object.assign(console, { error: () => {}, warn: () => {} })
  return () => Object.assign(console, { error, warn })
}
