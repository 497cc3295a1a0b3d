import type { GatePassed } from '../../lib/rules/operation.ts'
import { gatesPassed } from '../../lib/rules/promotion-gates.ts'
import { refuseUnknown, refuseUnlessReady } from '../moves.ts'
import type { Ports } from '../ports.ts'

/**
 * Hold a version to its gates against what the alias serves at this moment.
 * @throws Problem `contract-broken`, `metrics-worse`; `version-unknown`, `version-retired`, `version-not-ready`
 */
export async function passGates(
  { registry }: Pick<Ports, 'registry'>,
  { model, version, alias }: { readonly model: string; readonly version: string; readonly alias: string },
): Promise<readonly GatePassed[]> {
  const candidate = refuseUnlessReady(model, version, await registry.version(model, version))
  const stable = (await registry.model(model))?.aliases[alias]?.stable
  if (stable === undefined) return gatesPassed(candidate, undefined)
  return gatesPassed(candidate, refuseUnknown(model, stable, await registry.version(model, stable)))
}
