import { randomBytes } from 'node:crypto'
import { type HookSecrets, hookSecret, renewedSecrets } from '../../lib/rules/monitoring/signed-hook.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'

const secretBytes = 32

type SecretPorts = Pick<Ports, 'monitoring' | 'clock'>

/** What a model's webhooks are signed with; made where there is none, and shown to nobody by that. */
export async function secretsOf(ports: SecretPorts, model: string): Promise<HookSecrets> {
  return (await known(ports, model)) ?? (await renewSecret(ports, model))
}

/** Make a new secret. The one before signs beside it for a day. */
export async function renewSecret({ monitoring, clock }: SecretPorts, model: string): Promise<HookSecrets> {
  const secret = hookSecret(randomBytes(secretBytes))
  const secrets = renewedSecrets(await known({ monitoring }, model), secret, clock.now())
  await monitoring.write(monitoringKeys.webhookSecret(model), `${JSON.stringify(secrets)}\n`)
  return secrets
}

async function known(
  { monitoring }: Pick<Ports, 'monitoring'>,
  model: string,
): Promise<HookSecrets | undefined> {
  const text = await monitoring.read(monitoringKeys.webhookSecret(model))
  return text === undefined ? undefined : (JSON.parse(text) as HookSecrets)
}
