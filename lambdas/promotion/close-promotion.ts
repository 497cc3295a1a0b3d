import { Problem } from '../../lib/rules/problem.ts'
import { mustBeServedAsOurs } from '../endpoint-truth.ts'
import { refuseUnlessReady, writeRecords } from '../moves.ts'
import { askedBy, end } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'
import { promotionOf, standingOf } from './promotion.ts'

/** Look once more at what is served, write the records, and end the promotion as the routing record says it ended. */
export const closePromotion =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const promotion = await promotionOf(ports, id)
    const { model, version, alias, rollout } = promotion
    const record = await ports.registry.model(model)
    const standing = record?.aliases[alias]
    const promoted = standingOf(promotion, record) === 'promoted'
    if (promoted)
      await mustBeServedAsOurs(
        ports,
        refuseUnlessReady(model, version, await ports.registry.version(model, version)),
      )
    await writeRecords(ports, model)
    if (promoted) {
      await end(ports, id, 'succeeded', `promoted ${model} ${version} to '${alias}'`)
      await ports.events.publish({
        type: 'Promoted',
        ...askedBy(promotion),
        alias,
        ...(standing?.previous !== undefined && { from: standing.previous }),
        message: `to '${alias}'`,
      })
      return {}
    }
    const byVerdict = rollout.verdict?.decision === 'rollback'
    const reason = byVerdict ? (rollout.verdict?.reason ?? '') : 'somebody moved the alias meanwhile'
    const problem = new Problem(
      'rolled-back',
      `${model} ${version} was taken back from '${alias}': ${reason}`,
    )
    await end(ports, id, 'rolled-back', problem.message, problem.facts)
    await ports.events.publish({
      type: 'Rolled Back',
      ...askedBy(promotion),
      alias,
      ...(standing !== undefined && { to: standing.stable }),
      cause: byVerdict ? 'verdict' : 'superseded',
      message: reason,
    })
    return {}
  }
