import type { z } from 'zod'
import { newModel, rollBack } from '../../lib/rules/alias-move.ts'
import { liveAlias, parseMovableAlias, parseVersion } from '../../lib/rules/names.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { promotionOnRequest } from '../../lib/rules/promotion-plan.ts'
import { checkRetirement } from '../../lib/rules/retirement.ts'
import { describeRollout } from '../../lib/rules/rollout.ts'
import { aliasOf } from '../../lib/rules/routing.ts'
import { refuseUnlessReady } from '../moves.ts'
import { begin, end, newOperationId } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { promotionOperation } from '../promotion/promotion-operation.ts'
import { retirementView } from '../retirement/retirement-view.ts'
import { returnAlias } from '../rollback/roll-back.ts'
import { type DryRun, dryRun } from './dry-run.ts'
import {
  type promotionRequest,
  readRollout,
  type retirementRequest,
  type rollbackRequest,
} from './requests.ts'

type Asked<Schema extends z.ZodType> = z.output<Schema> & { readonly model: string; readonly actor: string }

/** Rollback and retirement end within this, or are a fault. */
const patienceMs = 15 * 60 * 1000

/**
 * Begin a promotion that somebody asks for. What can be refused at once is refused here; the machine checks it again.
 * @throws Problem `version-unknown`, `version-not-ready`, `already-live`, `rollout-under-way`, `rollout-malformed`
 */
export async function requestPromotion(
  ports: Ports,
  asked: Asked<typeof promotionRequest>,
): Promise<Operation | DryRun> {
  const { model, actor, reason } = asked
  const version = parseVersion(asked.version)
  const alias = asked.alias === undefined ? undefined : parseMovableAlias(asked.alias)
  const { manifest } = refuseUnlessReady(model, version, await ports.registry.version(model, version))
  const plan = promotionOnRequest(manifest, { alias, rollout: readRollout(asked.rollout), reason })
  const standing = (await ports.registry.model(model))?.aliases[plan.alias]
  if (standing?.canary !== undefined)
    throw new Problem(
      'rollout-under-way',
      `'${plan.alias}' is moving to ${standing.canary.version} (operation ${standing.canary.rollout}); wait for it, or roll it back first`,
    )
  if (standing?.stable === version)
    throw new Problem('already-live', `'${plan.alias}' of '${model}' serves ${version} already`)
  if (asked.dryRun === true) {
    const how =
      standing === undefined ? 'at once' : `from ${standing.stable}, ${describeRollout(plan.rollout)}`
    return dryRun(model, version, `'${plan.alias}' of ${model} would move to ${version} ${how}`)
  }
  return begin(
    ports,
    promotionOperation(ports, newOperationId('promotion', ports), { model, version, actor, ...plan }),
  )
}

/**
 * Roll an alias back: the one conditional write is made here and now, then the machine probes and records.
 * @throws Problem `nothing-to-return-to`, `already-live`, `alias-unknown`, `version-not-ready`
 */
export async function requestRollback(
  ports: Ports,
  asked: Asked<typeof rollbackRequest>,
): Promise<Operation | DryRun> {
  const { model, actor, reason } = asked
  const alias = asked.alias === undefined ? liveAlias : parseMovableAlias(asked.alias)
  const to = asked.to === undefined ? undefined : parseVersion(asked.to)
  const record = (await ports.registry.model(model)) ?? newModel(model)
  aliasOf(record, alias)
  const id = newOperationId('rollback', ports)
  const planned = rollBack(record, alias, to, id)
  refuseUnlessReady(model, planned.to, await ports.registry.version(model, planned.to))
  if (asked.dryRun === true)
    return dryRun(
      model,
      planned.to,
      `'${alias}' of ${model} would return from ${planned.leaves} to ${planned.to} at once, and no range would reach ${planned.leaves} until it is promoted again`,
    )
  const operation: Operation = {
    ...timed(ports),
    id,
    kind: 'rollback',
    model,
    version: planned.to,
    from: planned.leaves,
    ...(to !== undefined && { to }),
    alias,
    actor,
    reason,
  }
  // Written down first: if this process dies before the move, the machine makes it.
  await ports.registry.open(operation)
  try {
    await returnAlias(ports, operation)
  } catch (error) {
    if (isProblem(error)) await end(ports, id, 'failed', error.message, error.facts)
    throw error
  }
  return begin(ports, operation)
}

/** Begin to retire a version. @throws Problem `version-unknown`, `version-not-ready`, `still-in-use` */
export async function requestRetirement(
  ports: Ports,
  asked: Asked<typeof retirementRequest>,
): Promise<Operation | DryRun> {
  const { model, actor, reason, ignoreCallers = false } = asked
  const version = parseVersion(asked.version)
  const { deprecation } = refuseUnlessReady(model, version, await ports.registry.version(model, version))
  checkRetirement(await retirementView(ports, { model, version, ignoreCallers }))
  if (asked.dryRun === true) {
    const instead = deprecation?.successor === undefined ? '' : ` and name ${deprecation.successor}`
    return dryRun(
      model,
      version,
      `${model} ${version} would be retired: its path would answer 410${instead}, and its endpoint and image would be removed`,
    )
  }
  const id = newOperationId('retirement', ports)
  return begin(ports, {
    ...timed(ports),
    id,
    kind: 'retirement',
    model,
    version,
    actor,
    reason,
    ...(ignoreCallers && { ignoreCallers }),
  })
}

function timed({ clock }: Pick<Ports, 'clock'>) {
  const now = clock.now()
  return {
    state: 'running',
    startedAt: new Date(now).toISOString(),
    deadline: now + patienceMs,
    progress: [],
    executions: 0,
  } as const
}
