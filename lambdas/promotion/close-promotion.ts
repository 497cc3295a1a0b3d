import { Problem } from '../../lib/rules/problem.ts'
import { said } from '../../lib/rules/rollout-control.ts'
import type { AliasRecord } from '../../lib/rules/routing.ts'
import { mustBeServedAsOurs } from '../endpoint-truth.ts'
import { refuseUnlessReady, writeRecords } from '../moves.ts'
import { askedBy, end, endInFailure } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'
import { type Promotion, promotionOf, standingOf } from './promotion.ts'
import { beginNext } from './promotion-operation.ts'

/** Look once more at what is served, write the records, and end the promotion as the routing record says it ended. */
export const closePromotion =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const promotion = await promotionOf(ports, id)
    const { model, version, alias, abort } = promotion
    const record = await ports.registry.model(model)
    const standing = standingOf(promotion, record)
    if (standing === 'promoted')
      await mustBeServedAsOurs(
        ports,
        refuseUnlessReady(model, version, await ports.registry.version(model, version)),
      )
    await writeRecords(ports, model)
    const found = record?.aliases[alias]
    if (standing === 'promoted') await closePromoted(ports, promotion, found)
    else if (abort !== undefined && standing === 'before') {
      const problem = new Problem(
        'aborted',
        `${model} ${version} gets nothing of '${alias}': ${said('aborted', abort)}`,
      )
      await endInFailure(ports, id, problem, 'Operation Failed')
    } else await closeTakenBack(ports, promotion, found)
    return {}
  }

async function closePromoted(ports: Ports, promotion: Promotion, standing: AliasRecord | undefined) {
  const { id, model, version, alias } = promotion
  // Before the end, so that a crash in between does it again: an operation that is over is not looked at any more.
  const next = await beginNext(ports, promotion)
  const text = `promoted ${model} ${version} to '${alias}'`
  await end(ports, id, 'succeeded', text, undefined, next === undefined ? {} : { next: next.id })
  await ports.events.publish({
    type: 'Promoted',
    ...askedBy(promotion),
    alias,
    ...(standing?.previous !== undefined && { from: standing.previous }),
    message: `to '${alias}'`,
  })
}

async function closeTakenBack(ports: Ports, promotion: Promotion, standing: AliasRecord | undefined) {
  const { id, model, version, alias, abort } = promotion
  const { cause, reason } = whyTakenBack(promotion)
  const code = abort === undefined ? 'rolled-back' : 'aborted'
  const problem = new Problem(code, `${model} ${version} was taken back from '${alias}': ${reason}`)
  await end(ports, id, 'rolled-back', problem.message, problem.facts)
  await ports.events.publish({
    type: 'Rolled Back',
    ...askedBy(promotion),
    ...(abort !== undefined && { actor: abort.by, reason: abort.reason }),
    alias,
    ...(standing !== undefined && { to: standing.stable }),
    cause,
    message: reason,
  })
}

function whyTakenBack({ abort, rollout: { verdict } }: Promotion) {
  if (abort !== undefined) return { cause: 'request', reason: said('aborted', abort) } as const
  if (verdict?.decision === 'rollback') return { cause: 'verdict', reason: verdict.reason } as const
  return { cause: 'superseded', reason: 'somebody moved the alias meanwhile' } as const
}
