import type { ApprovalPolicy } from '../../lib/rules/approval.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Behaviour } from '../harness/memory-world/memory-host.ts'
import type { MemoryWorld } from '../harness/memory-world/memory-world.ts'
import type { Chance } from '../refusals/fuzz/mutations.ts'

/** What somebody has uploaded, and what is known of it that the platform does not know. */
export interface Upload {
  readonly model: string
  readonly version: string
  readonly behaviour: Behaviour
  /** It harms its callers, and may have some of the traffic but never all, unless somebody asks for just that. */
  readonly isHarmful: boolean
}

/** What the people of a simulation remember, to hold the platform to it. */
export class Ledger {
  readonly uploads = new Map<string, Upload>()
  /** Operations that somebody was told of. */
  readonly acknowledged = new Map<string, Pick<Operation, 'kind' | 'model'>>()
  /** Versions that somebody asked to retire. */
  readonly retirementAsked = new Set<string>()
  /** Rollouts that somebody was told are paused, or ended; and those of which somebody asked to skip a step. */
  readonly held = new Map<string, 'pause' | 'abort'>()
  /** How often somebody has asked to let a rollout go on. */
  readonly resumes = new Map<string, number>()
  readonly skipped = new Set<string>()
  /** Endpoints that were made to die, by their names, and those that were parked at any time. */
  readonly killed = new Set<string>()
  readonly parked = new Set<string>()
  /** What a model's record was from when on, newest last. */
  readonly stood = new Map<string, { readonly since: number; readonly record: ModelRecord }[]>()
  /** By whom and of what each READY version was made. */
  readonly made = new Map<string, string>()
  /** What came of calls and requests, for the figures. */
  readonly counts = new Map<string, number>()

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  /** The records of a model that stood at any time from then on. */
  recordsSince(model: string, since: number): readonly ModelRecord[] {
    const all = this.stood.get(model) ?? []
    const first = all.findLastIndex((one) => one.since <= since)
    return all.slice(Math.max(0, first)).map(({ record }) => record)
  }
}

/** Where the people of a simulation act. */
export interface Stage {
  readonly world: MemoryWorld
  readonly chance: Chance
  readonly ledger: Ledger
  readonly models: readonly string[]
  /** What the platform was told to demand before an alias moves. */
  approvals: ApprovalPolicy
  /** Nobody begins anything any more, and nothing goes wrong. */
  isQuiet: boolean
  /** The schedule that mends what was left half runs. */
  isMended: boolean
  hear(line: string): void
  violate(what: string): void
}

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export function nameOf({ model, version }: { readonly model: string; readonly version: string }): string {
  return `${model}@${version}`
}

/** Do something again and again, at times that nobody can foresee. @param meanMs the mean time between two */
export function nowAndThen(stage: Stage, meanMs: number, act: () => Promise<void>): void {
  const next = () => {
    if (stage.isQuiet) return
    act().catch((error: unknown) => stage.violate(`somebody in the simulation failed: ${error}`))
    stage.world.time.after(-Math.log(1 - stage.chance.draw()) * meanMs, next)
  }
  stage.world.time.after(-Math.log(1 - stage.chance.draw()) * meanMs, next)
}

/** True once in so many times. */
export function oneIn(chance: Chance, times: number): boolean {
  return chance.draw() * times < 1
}
