import { Problem } from '../../lib/rules/problem.ts'
import { newComparisonId } from '../../lib/wiring/comparison-id.ts'
import type { Ports } from '../ports.ts'
import {
  comparisonIds,
  comparisonOf,
  forgetOldComparisons,
  type KeptComparison,
  keepComparison,
} from './kept-comparisons.ts'
import { type ReplayAsked, replay } from './replay.ts'

type Comparing = Pick<Ports, 'registry' | 'captures' | 'monitoring' | 'clock' | 'random' | 'host'>

/** Those who watch see how far it is about so often. */
const tellEveryMs = 1000

export interface ComparisonAsked extends Omit<ReplayAsked, 'until' | 'onRecord'> {
  /** Who asks for it. */
  readonly by: string
  /** How long it may take, in milliseconds: what was compared by then is answered. */
  readonly forMs: number
  /** @default a new one */
  readonly id?: string | undefined
}

/**
 * Compare two versions and keep what was found, while it is found and afterwards.
 * @throws Problem `comparison-under-way`, and as `replay`
 */
export async function compareVersions(ports: Comparing, asked: ComparisonAsked): Promise<KeptComparison> {
  const { by, forMs, model, id: given, ...replaying } = asked
  const startedAtMs = ports.clock.now()
  await refuseSecond(ports, model, startedAtMs)
  const id = given ?? newComparisonId(startedAtMs, ports.random.draw())
  const until = startedAtMs + forMs
  const facts = { id, by, startedAt: new Date(startedAtMs).toISOString() }
  let told = startedAtMs
  const replayed = await replay(ports, {
    ...replaying,
    model,
    until,
    onRecord: async (soFar) => {
      if (ports.clock.now() - told < tellEveryMs) return
      told = ports.clock.now()
      await keepComparison(ports, { ...soFar(), ...facts, runsUntil: until })
    },
  })
  const kept = { ...replayed, ...facts }
  await keepComparison(ports, kept)
  await forgetOldComparisons(ports, model)
  return kept
}

/** One at a time, as far as others have told: their callers wait for a version that all of them ask. */
async function refuseSecond(ports: Comparing, model: string, now: number): Promise<void> {
  const [newest] = await comparisonIds(ports, model)
  const running = newest === undefined ? undefined : await comparisonOf(ports, model, newest)
  if (running?.runsUntil === undefined || running.runsUntil <= now) return
  throw new Problem(
    'comparison-under-way',
    `${model} ${running.report.a} and ${running.report.b} are being compared`,
  ).after((running.runsUntil - now) / 1000)
}
