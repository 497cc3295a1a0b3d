import type { z } from 'zod'
import type { Grant } from '../../lib/rules/access.ts'
import { newModel, rollBack } from '../../lib/rules/alias-move.ts'
import { approvalNeeded } from '../../lib/rules/approval.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { liveAlias, parseMovableAlias, parseVersion } from '../../lib/rules/names.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { promotionOnRequest } from '../../lib/rules/promotion-plan.ts'
import { checkRetirement } from '../../lib/rules/retirement.ts'
import { describeRollout } from '../../lib/rules/rollout.ts'
import { aliasOf } from '../../lib/rules/routing.ts'
import { refuseUnlessReady } from '../moves.ts'
import { begin, newOperationId } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { passGates } from '../promotion/gates.ts'
import { beginPromotion } from '../promotion/promotion-operation.ts'
import { retirementView } from '../retirement/retirement-view.ts'
import { beginRollback } from '../rollback/roll-back.ts'
import { refuseUnlessMayMove } from './approvals.ts'
import { type DryRun, dryRun } from './dry-run.ts'
import {
  type promotionRequest,
  readRollout,
  type retirementRequest,
  type rollbackRequest,
} from './requests.ts'

type Asked<Schema extends z.ZodType> = z.output<Schema> & {
  readonly model: string
  readonly actor: string
  /** What the caller may do; undefined where others decided who may come in. */
  readonly grants?: readonly Grant[] | undefined
}

/** A retirement ends within this, or is a fault. */
const patienceMs = 15 * 60 * 1000

/**
 * Begin a promotion that somebody asks for. What can be refused at once is refused here; the machine checks it again.
 * @throws Problem `version-unknown`, `version-not-ready`, `already-live`, `rollout-under-way`, `rollout-malformed`,
 * `contract-broken`, `metrics-worse`
 */
export async function requestPromotion(
  ports: Ports,
  asked: Asked<typeof promotionRequest>,
): Promise<Operation | DryRun> {
  const { model, actor, reason } = asked
  const version = parseVersion(asked.version)
  const alias = asked.alias === undefined ? undefined : parseMovableAlias(asked.alias)
  const { manifest } = refuseUnlessReady(model, version, await ports.registry.version(model, version))
  const plan = promotionOnRequest(manifest, {
    alias,
    then: asked.then,
    rollout: readRollout(asked.rollout),
    reason,
  })
  const order = [plan.alias, ...(plan.then ?? [])]
  refuseTwice(order)
  for (const one of order) refuseUnlessMayMove(actor, asked.grants, model, one)
  const standing = (await ports.registry.model(model))?.aliases[plan.alias]
  if (standing?.canary !== undefined)
    throw new Problem(
      'rollout-under-way',
      `'${plan.alias}' is moving to ${standing.canary.version} (operation ${standing.canary.rollout}); wait for it, or roll it back first`,
    )
  if (standing?.stable === version)
    throw new Problem('already-live', `'${plan.alias}' of '${model}' serves ${version} already`)
  const gates = await passGates(ports, { model, version, alias: plan.alias })
  if (asked.dryRun === true) {
    const how =
      standing === undefined ? 'at once' : `from ${standing.stable}, ${describeRollout(plan.rollout)}`
    return dryRun(model, version, `'${plan.alias}' of ${model} would move to ${version} ${how}`)
  }
  return beginPromotion(ports, newOperationId('promotion', ports), { model, version, actor, ...plan, gates })
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
  refuseUnlessMayMove(actor, asked.grants, model, alias)
  aliasOf(record, alias)
  const id = newOperationId('rollback', ports)
  const planned = rollBack(record, alias, to, id)
  const target = refuseUnlessReady(model, planned.to, await ports.registry.version(model, planned.to))
  if (to !== undefined) await refuseUnapproved(ports, target, alias)
  if (asked.dryRun === true)
    return dryRun(
      model,
      planned.to,
      `'${alias}' of ${model} would return from ${planned.leaves} to ${planned.to} at once, and no range would reach ${planned.leaves} until it is promoted again`,
    )
  return beginRollback(ports, {
    ...{ id, model, version: planned.to, from: planned.leaves, alias, actor, reason },
    ...(to !== undefined && { to }),
  })
}

/**
 * A rollback waits for nobody, so it must not be a promotion under another name: where an alias moves with approval, it
 * returns only to what it has served. @throws Problem `approval-needed`
 */
async function refuseUnapproved(
  { registry, settings }: Pick<Ports, 'registry' | 'settings'>,
  { model, version, manifest }: VersionRecord,
  alias: string,
): Promise<void> {
  const needed = approvalNeeded(settings.approvals, alias, manifest?.release?.approval)
  if (needed === 'none') return
  const served = (await registry.history(model)).some(({ after }) => after.aliases[alias]?.stable === version)
  if (!served)
    throw new Problem(
      'approval-needed',
      `'${alias}' has never served ${version}, and moves to it with approval (${needed}); promote it`,
    )
}

/** Begin to retire a version. @throws Problem `version-unknown`, `version-not-ready`, `still-in-use` */
export async function requestRetirement(
  ports: Ports,
  asked: Asked<typeof retirementRequest>,
): Promise<Operation | DryRun> {
  const { model, actor, reason, ignoreCallers = false } = asked
  refuseUnlessMayMove(actor, asked.grants, model)
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

function refuseTwice(aliases: readonly string[]): void {
  const twice = aliases.find((alias, i) => aliases.indexOf(alias) !== i)
  if (twice !== undefined)
    throw new Problem('alias-malformed', `'${twice}' stands twice in the order; name each alias once`)
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
