import { momentOf, monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'
import type { KeptShadow } from './shadows.ts'

/** So many documents of each model are kept. */
const mostKept = 20

/** What was found of the shadows of a model, the newest first. */
export async function keptShadows(
  ports: Pick<Ports, 'monitoring'>,
  model: string,
): Promise<readonly KeptShadow[]> {
  const texts = await Promise.all((await shadowKeys(ports, model)).map((key) => ports.monitoring.read(key)))
  return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as KeptShadow]))
}

/** Forget all but the newest, and what their comparisons would go on with. */
export async function forgetOldShadows(ports: Pick<Ports, 'monitoring'>, model: string): Promise<void> {
  const { monitoring } = ports
  for (const old of (await shadowKeys(ports, model)).slice(mostKept)) {
    await monitoring.remove(old)
    await monitoring.remove(monitoringKeys.shadowStateOf(old))
  }
}

/** The newest first. */
async function shadowKeys({ monitoring }: Pick<Ports, 'monitoring'>, model: string): Promise<string[]> {
  const keys = await monitoring.list(monitoringKeys.shadows(model))
  return keys.toSorted((one, other) => (momentOf(other) ?? 0) - (momentOf(one) ?? 0))
}
