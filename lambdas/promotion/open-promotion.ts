import { isOver } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { wokenAsOurs } from '../endpoint-truth.ts'
import { refuseUnlessReady } from '../moves.ts'
import { note } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { baking, type Gone, type Moved, moveOn, promotionOf, standingOf } from './promotion.ts'

/** What was parked or asleep starts: it gets no traffic before it answers. */
type Opened = Gone | Moved | { readonly status: 'over' } | Waking
interface Waking {
  readonly status: 'waking'
  readonly waitUntil: string
}

/** Make sure that the version is ready and served as ours, waking it where it sleeps, and give it its first traffic. */
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
    if (seen?.stable === version)
      throw new Problem('already-live', `'${alias}' of '${model}' serves ${version} already`)
    const found = refuseUnlessReady(model, version, await ports.registry.version(model, version))
    const waitUntil = await wokenAsOurs(ports, promotion, found)
    if (waitUntil !== undefined) {
      await note(ports, id, {}, `${version} is being woken`)
      return { status: 'waking', waitUntil }
    }
    return moveOn(ports, promotion, 0)
  }
