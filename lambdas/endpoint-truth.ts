import type { VersionRecord } from '../lib/rules/model-version.ts'
import type { Operation } from '../lib/rules/operation.ts'
import { Problem } from '../lib/rules/problem.ts'
import { refuseUnlessReady } from './moves.ts'
import type { EndpointTruth, Ports } from './ports.ts'
import { lookAgain } from './release/waiting.ts'

const notActive = {
  absent: 'has lost its endpoint',
  parked: 'is parked, and must be woken first',
  failed: 'could not be started',
} as const

/** An instance that was parked answers within ten minutes or so; what does not within this, never will. */
const wakePatienceMs = 30 * 60 * 1000

/**
 * Look at what really runs for a version: not what was asked for, nor what a status claims.
 * @returns whether it answers already; false while it is being created
 * @throws Problem `endpoint-failed`; `served-is-not-ours` where another image runs than ours
 */
export async function isServedAsOurs(
  ports: Pick<Ports, 'host' | 'registry'>,
  version: VersionRecord,
): Promise<boolean> {
  if (version.graph === undefined) return isOurs(version, await ports.host.describe(endpointOf(version)))
  const served = await Promise.all((await nodesOf(ports, version)).map((node) => isServedAsOurs(ports, node)))
  return served.every(Boolean)
}

/** The versions that a graph asks. @throws Problem where one of them is gone */
async function nodesOf(
  { registry }: Pick<Ports, 'registry'>,
  { graph }: VersionRecord,
): Promise<VersionRecord[]> {
  const pins = Object.values(graph?.pins ?? {})
  const named = new Map(pins.map((pin) => [`${pin.model} ${pin.version}`, pin]))
  return Promise.all(
    [...named.values()].map(async ({ model, version }) =>
      refuseUnlessReady(model, version, await registry.version(model, version)),
    ),
  )
}

/** The same, where the version must be answering by now. @throws Problem also where it is still being created */
export async function mustBeServedAsOurs(
  ports: Pick<Ports, 'host' | 'registry'>,
  version: VersionRecord,
): Promise<void> {
  if (!(await isServedAsOurs(ports, version)))
    throw new Problem('endpoint-failed', `${version.model} ${version.version} is not answering yet`)
}

/**
 * The same for a version that may be parked or asleep: it is woken, and waited for until a deadline.
 * @returns undefined where it answers, else when to look again
 * @throws Problem `endpoint-failed` also where it does not answer by then
 */
export async function wokenAsOurs(
  ports: Pick<Ports, 'host' | 'registry' | 'clock' | 'settings'>,
  operation: Pick<Operation, 'startedAt' | 'deadline'>,
  version: VersionRecord,
): Promise<string | undefined> {
  if (version.graph === undefined) return wokenItself(ports, operation, version)
  const nodes = await nodesOf(ports, version)
  const times = await Promise.all(nodes.map((node) => wokenAsOurs(ports, operation, node)))
  return times.toSorted().find((time) => time !== undefined)
}

async function wokenItself(
  ports: Pick<Ports, 'host' | 'clock' | 'settings'>,
  { startedAt, deadline }: Pick<Operation, 'startedAt' | 'deadline'>,
  version: VersionRecord,
): Promise<string | undefined> {
  const endpoint = endpointOf(version)
  const truth = await ports.host.describe(endpoint)
  if (truth.state === 'parked') await ports.host.wake(endpoint)
  else if (isOurs(version, truth)) return undefined
  const until = { startedAt, deadline: Math.min(deadline, Date.parse(startedAt) + wakePatienceMs) }
  return lookAgain(ports, until, 'endpoint-failed', `an answer of ${version.model} ${version.version}`)
}

function endpointOf({ model, version, endpoint }: VersionRecord) {
  if (endpoint === undefined) throw new Problem('endpoint-failed', `${model} ${version} has no endpoint`)
  return endpoint
}

function isOurs({ model, version, image }: VersionRecord, truth: EndpointTruth): boolean {
  const name = `${model} ${version}`
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
