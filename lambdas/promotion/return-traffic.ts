import { endRollout, type undoMove } from '../../lib/rules/alias-move.ts'
import { move } from '../moves.ts'
import { note } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'
import { takeBackAborted, writeUntold } from './asked-of-rollout.ts'
import { type Promotion, promotionOf } from './promotion.ts'

/** Take the traffic back from the canary, in one conditional write, if it is still this rollout's. */
export const returnTraffic =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const promotion = await promotionOf(ports, id)
    if (promotion.abort !== undefined) await takeBackAborted(ports, promotion)
    else await takeBack(ports, promotion, promotion.rollout.verdict?.reason ?? 'no verdict', endRollout)
    await writeUntold(ports, promotion)
    return {}
  }

/** Take an alias back from a promotion. @param rule what of it is taken back: the canary's share, or all traffic */
export async function takeBack(
  ports: Ports,
  promotion: Promotion,
  reason: string,
  rule: typeof endRollout | typeof undoMove,
): Promise<void> {
  const { id, model, version, alias, actor } = promotion
  const { entry } = await move(ports, model, (record) => {
    const moved = rule(record, { alias, version, rollout: id })
    const stable = moved?.aliases[alias]?.stable
    if (moved === undefined || stable === undefined) return undefined
    return {
      moved,
      happening: { kind: 'rolled-back', version: stable, from: version, alias, actor, reason, operation: id },
      // The way back must not depend on anything but the alias: what is stable serves already.
      unready: true,
    }
  })
  if (entry !== undefined) await note(ports, id, {}, `took the traffic back: ${reason}`)
}
