import type { Manifest } from '../manifest.ts'
import { type Finding, Problem } from '../problem.ts'
import type { ContainerFields } from './container-schema.ts'
import { contractAddress, serverAddress } from './server-address.ts'

/** What SageMaker asks every server at, which nobody can tell it otherwise; by the field that would. */
const fixed = [
  ['serverPort', 'port'],
  ['predictEndpoint', 'predict'],
  ['readinessEndpoint', 'readiness'],
] as const

/**
 * Hold a server to the contract where its host is SageMaker. On a laptop, too: such a manifest could never be released
 * on AWS, and says so at `sluice check`.
 * @throws Problem `host-unable` with every fault
 */
export function refuseOtherThanContract(
  { kind }: Manifest['host'],
  fields: ContainerFields | undefined,
): void {
  if (kind === 'lambda') return
  const asked = serverAddress(fields)
  const faults: Finding[] = fixed
    .filter(([, part]) => asked[part] !== contractAddress[part])
    .map(([field, part]) => ({
      pointer: `/container/${field}`,
      found: String(asked[part]),
      allowed: `${contractAddress[part]}, or host: {kind: lambda}`,
    }))
  if (faults.length === 0) return
  const named = faults.map(({ pointer }) => pointer.slice(1).replace('/', '.')).join(' and ')
  throw new Problem(
    'host-unable',
    `host ${kind} asks every server at port 8080, by GET /ping and POST /invocations, and the manifest has ${named} elsewhere`,
    faults,
  )
}
