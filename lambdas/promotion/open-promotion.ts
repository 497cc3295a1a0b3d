import { isOver } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { approvalGate } from '../../lib/rules/promotion-gates.ts'
import { wokenAsOurs } from '../endpoint-truth.ts'
import { refuseUnlessReady } from '../moves.ts'
import { note } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { takeBackAborted } from './asked-of-rollout.ts'
import { passGates } from './gates.ts'
import { baking, type Moved, moveOn, type Promotion, promotionOf, standingOf } from './promotion.ts'
import { passReplay } from './replay-gate.ts'

/** What was parked or asleep starts: it gets no traffic before it answers. */
type Opened = Moved | { readonly status: 'over' } | Waking
interface Waking {
  readonly status: 'waking'
  readonly waitUntil: string
}

/**
 * Make sure that the version is ready, passes its gates and is served as ours, waking it where it sleeps, and give it its
 * first traffic.
 */
export const openPromotion =
  (ports: Ports): Step<StepInput, Opened> =>
  async ({ operation: id }) => {
    const promotion = await promotionOf(ports, id)
    if (isOver(promotion)) return { status: 'over' }
    const { model, version, alias } = promotion
    const record = await ports.registry.model(model)
    const standing = standingOf(promotion, record)
    const seen = record?.aliases[alias]
    if (standing === 'baking') return baking(ports, promotion, seen?.canary?.step ?? 0, seen?.stable)
    if (standing !== 'before') return { status: standing }
    if (promotion.abort !== undefined) {
      await takeBackAborted(ports, promotion)
      return { status: 'gone' }
    }
    if (seen?.stable === version)
      throw new Problem('already-live', `'${alias}' of '${model}' serves ${version} already`)
    const found = refuseUnlessReady(model, version, await ports.registry.version(model, version))
    const gated = await gatedAnew(ports, promotion)
    const waitUntil = await wokenAsOurs(ports, promotion, found)
    if (waitUntil !== undefined) {
      await note(ports, id, {}, `${version} is being woken`)
      return { status: 'waking', waitUntil }
    }
    const replayed = await withReplay(ports, gated, seen?.stable)
    return moveOn(ports, replayed, 0, { gatedAgainst: seen?.stable })
  }

/** What was found when the promotion was asked for may have been of another version than is served now. */
async function gatedAnew(ports: Ports, promotion: Promotion): Promise<Promotion> {
  const approved = approvalGate(promotion.approval)
  const gates = [...(await passGates(ports, promotion)), ...(approved === undefined ? [] : [approved])]
  await note(ports, promotion.id, { gates })
  return { ...promotion, gates }
}

/** Last of all, since it asks the version that by now is awake. */
async function withReplay(
  ports: Ports,
  promotion: Promotion,
  stable: string | undefined,
): Promise<Promotion> {
  const passed = await passReplay(ports, promotion, stable)
  if (passed === undefined) return promotion
  const gates = [...(promotion.gates ?? []), passed]
  await note(ports, promotion.id, { gates })
  return { ...promotion, gates }
}
