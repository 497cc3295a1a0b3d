import { liveNodes } from '../lambdas/monitoring/live-nodes.ts'
import { judgedVersions } from '../lambdas/monitoring/tend-versions.ts'
import type { Ports } from '../lambdas/ports.ts'
import type { ProcessHost } from './hosting/process-host.ts'

/**
 * Stop the processes of versions that nobody has called for a while and that no alias, rollout or range needs: the
 * first call starts them again. Nothing is looked at for that, since to look at a version here is to start it.
 */
export async function parkIdleVersions(
  { registry, clock }: Pick<Ports, 'registry' | 'clock'>,
  host: Pick<ProcessHost, 'idle' | 'park'>,
  idleMs: number,
): Promise<void> {
  if (host.idle(idleMs).length === 0) return
  const asked = await liveNodes(registry)
  for (const model of await registry.modelNames())
    for (const { version, action } of await judgedVersions({ registry }, model, clock.now(), asked)) {
      const { endpoint } = version
      // Somebody may have called it since.
      if (action === 'park' && endpoint !== undefined && host.idle(idleMs).includes(endpoint.name))
        await host.park(endpoint)
    }
}
