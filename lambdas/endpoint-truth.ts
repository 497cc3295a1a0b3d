import type { VersionRecord } from '../lib/rules/model-version.ts'
import { Problem } from '../lib/rules/problem.ts'
import type { Ports } from './ports.ts'

const notActive = {
  absent: 'has lost its endpoint',
  parked: 'is parked, and must be woken first',
  failed: 'could not be started',
} as const

/**
 * Look at what really runs for a version: not what was asked for, nor what a status claims.
 * @returns whether it answers already; false while it is being created
 * @throws Problem `endpoint-failed`; `served-is-not-ours` where another image runs than ours
 */
export async function isServedAsOurs(
  { host }: Pick<Ports, 'host'>,
  { model, version, endpoint, image }: VersionRecord,
): Promise<boolean> {
  const name = `${model} ${version}`
  if (endpoint === undefined) throw new Problem('endpoint-failed', `${name} has no endpoint`)
  const truth = await host.describe(endpoint)
  if (truth.state === 'creating') return false
  if (truth.state !== 'active')
    throw new Problem(
      'endpoint-failed',
      `${name} ${notActive[truth.state]}${truth.reason ? `: ${truth.reason}` : ''}`,
    )
  if (truth.digest !== image?.digest)
    throw new Problem(
      'served-is-not-ours',
      `${name} must run image ${image?.digest}, and ${truth.digest ?? 'an unknown one'} runs`,
    )
  return true
}

/** The same, where the version must be answering by now. @throws Problem also where it is still being created */
export async function mustBeServedAsOurs(ports: Pick<Ports, 'host'>, version: VersionRecord): Promise<void> {
  if (!(await isServedAsOurs(ports, version)))
    throw new Problem('endpoint-failed', `${version.model} ${version.version} is not answering yet`)
}
