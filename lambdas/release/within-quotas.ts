import { setTimeout as pause } from 'node:timers/promises'
import { checkQuota, type QuotaClaim, type QuotaStanding } from '../../lib/rules/quota.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports, Quotas } from '../ports.ts'

interface Claimant {
  readonly model: string
  readonly version: string
}

const unknown: QuotaStanding = { allowed: undefined, used: undefined }
/** A quota is read for a release, not the other way round. */
const patienceMs = 30_000

/**
 * Compare what a version takes of the account with what is left of it, before it is taken. What cannot be read is
 * noted, once, and blocks nothing.
 * @throws Problem `quota-reached`
 */
export async function stayWithinQuotas(
  ports: Pick<Ports, 'quotas' | 'registry' | 'clock'>,
  operation: string,
  version: Claimant,
  claims: readonly QuotaClaim[],
  waitMs = patienceMs,
): Promise<void> {
  const { quotas } = ports
  if (quotas === undefined) return
  for (const claim of claims) {
    const unread = checkQuota(claim, await standingOf(quotas, claim, version, waitMs))
    if (unread === undefined) continue
    const { progress } = await operationOf(ports, operation)
    if (!progress.some(({ text }) => text === unread)) await note(ports, operation, {}, unread)
  }
}

async function standingOf(
  quotas: Quotas,
  claim: QuotaClaim,
  version: Claimant,
  waitMs: number,
): Promise<QuotaStanding> {
  try {
    return await Promise.race([quotas.standing(claim, version), pause(waitMs, unknown, { ref: false })])
  } catch (error) {
    console.warn(`the quota of ${claim.of} could not be read`, error)
    return unknown
  }
}
