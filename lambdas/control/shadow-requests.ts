import type { Grant } from '../../lib/rules/access.ts'
import { castShadow, liftShadow } from '../../lib/rules/alias-move.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { aliasOf, type Shadow } from '../../lib/rules/routing.ts'
import { comparedVersion, refuseUnlike } from '../comparison/compared-version.ts'
import { move, writeRecords } from '../moves.ts'
import { newOperationId } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { refuseUnlessMayMove } from './approvals.ts'

interface Of {
  readonly model: string
  readonly alias: string
  readonly reason: string
  readonly actor: string
  readonly grants: readonly Grant[] | undefined
}

/** A shadow of an alias as it was cast or lifted. */
export interface ShadowAnswer {
  readonly model: string
  readonly alias: string
  readonly shadow?: Shadow
}

/**
 * Let a version answer in the shadow of an alias: one conditional write, with its entry in the history.
 * @throws Problem `shadow-elsewhere`, `already-live`, `alias-unknown`, `not-comparable`, `version-unknown`, `version-not-ready`
 */
export async function castShadowOf(ports: Ports, asked: Of & Omit<Shadow, 'by'>): Promise<ShadowAnswer> {
  const { model, alias, version, samplePercent, tolerance, reason, actor } = asked
  refuseUnlessMayMove(actor, asked.grants, model, alias)
  refuseElsewhere(ports)
  const by = newOperationId('shadow', ports)
  const shadow = { version, samplePercent, tolerance, by }
  const candidate = await comparedVersion(ports, model, version)
  await move(ports, model, async (seen) => {
    const moved = castShadow(seen, alias, shadow)
    refuseUnlike(await comparedVersion(ports, model, aliasOf(seen, alias).stable), candidate)
    return { moved, happening: { kind: 'shadow-cast', version, alias, actor, reason, operation: by } }
  })
  await writeRecords(ports, model)
  return { model, alias, shadow }
}

/** @throws Problem `no-shadow`, `alias-unknown` */
export async function liftShadowOf(ports: Ports, asked: Of): Promise<ShadowAnswer> {
  const { model, alias, reason, actor } = asked
  refuseUnlessMayMove(actor, asked.grants, model, alias)
  const operation = newOperationId('shadow', ports)
  await move(ports, model, (seen) => {
    const moved = liftShadow(seen, alias)
    const version = aliasOf(seen, alias).shadow?.version
    if (moved === undefined || version === undefined)
      throw new Problem('no-shadow', `no version answers in the shadow of '${alias}' of '${model}'`)
    // It may be retired by another way than this one.
    return {
      moved,
      happening: { kind: 'shadow-lifted', version, alias, actor, reason, operation },
      unready: true,
    }
  })
  await writeRecords(ports, model)
  return { model, alias }
}

function refuseElsewhere({ shadows }: Pick<Ports, 'shadows'>): void {
  if (shadows === undefined)
    throw new Problem(
      'shadow-elsewhere',
      'this platform casts no shadows: its functions are frozen once they have answered; compare recorded requests with `sluice compare MODEL A B`',
    )
}
