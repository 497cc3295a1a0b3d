import type { Grant } from '../../lib/rules/access.ts'
import { castShadow, liftShadow } from '../../lib/rules/alias-move.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { aliasOf, type Shadow } from '../../lib/rules/routing.ts'
import { comparedVersion, refuseUnlike } from '../comparison/compared-version.ts'
import { move, writeRecords } from '../moves.ts'
import { newOperationId } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { refuseUnlessMayMove } from './approvals.ts'
import { type DryRun, dryRun } from './dry-run.ts'

interface Of {
  readonly model: string
  readonly alias: string
  readonly reason: string
  readonly actor: string
  readonly grants: readonly Grant[] | undefined
  readonly dryRun?: boolean | undefined
}

/** A shadow of an alias as it was cast or lifted. */
export interface ShadowAnswer {
  readonly model: string
  readonly alias: string
  readonly shadow?: Shadow
}

/**
 * Let a version answer in the shadow of an alias: one conditional write, with its entry in the history.
 * @throws Problem `already-live`, `alias-unknown`, `not-comparable`, `version-unknown`, `version-not-ready`
 */
export async function castShadowOf(
  ports: Ports,
  asked: Of & Omit<Shadow, 'by'>,
): Promise<ShadowAnswer | DryRun> {
  const { model, alias, version, samplePercent, tolerance, reason, actor } = asked
  refuseUnlessMayMove(actor, asked.grants, model, alias)
  const by = newOperationId('shadow', ports)
  const shadow = { version, samplePercent, tolerance, by }
  const candidate = await comparedVersion(ports, model, version)
  const { entry } = await move(ports, model, async (seen) => {
    const moved = castShadow(seen, alias, shadow)
    refuseUnlike(await comparedVersion(ports, model, aliasOf(seen, alias).stable), candidate)
    if (asked.dryRun === true) return undefined
    return { moved, happening: { kind: 'shadow-cast', version, alias, actor, reason, operation: by } }
  })
  const share = `${samplePercent} % of the calls of '${alias}'`
  if (entry === undefined)
    return dryRun(model, version, `${model} ${version} would answer ${share} in its shadow`)
  await writeRecords(ports, model)
  const told = { model, version, alias, actor, reason, shadow: by, samplePercent }
  await ports.events.publish({ type: 'Shadow Cast', ...told, message: `answers ${share} in its shadow` })
  return { model, alias, shadow }
}

/** @throws Problem `no-shadow`, `alias-unknown` */
export async function liftShadowOf(ports: Ports, asked: Of): Promise<ShadowAnswer | DryRun> {
  const { model, alias, reason, actor } = asked
  refuseUnlessMayMove(actor, asked.grants, model, alias)
  const operation = newOperationId('shadow', ports)
  let lifted: Shadow | undefined
  const { entry } = await move(ports, model, (seen) => {
    const moved = liftShadow(seen, alias)
    lifted = aliasOf(seen, alias).shadow
    if (moved === undefined || lifted === undefined)
      throw new Problem('no-shadow', `no version answers in the shadow of '${alias}' of '${model}'`)
    if (asked.dryRun === true) return undefined
    const { version } = lifted
    // It may be retired by another way than this one.
    return {
      moved,
      happening: { kind: 'shadow-lifted', version, alias, actor, reason, operation },
      unready: true,
    }
  })
  const { version = '', by: shadow = '' } = lifted ?? {}
  if (entry === undefined)
    return dryRun(
      model,
      version,
      `${model} ${version} would answer nothing in the shadow of '${alias}' any more`,
    )
  await writeRecords(ports, model)
  const told = { model, version, alias, actor, reason, shadow }
  await ports.events.publish({
    type: 'Shadow Lifted',
    ...told,
    message: `answers nothing in the shadow of '${alias}' any more`,
  })
  return { model, alias }
}
