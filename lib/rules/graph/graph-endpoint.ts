import type { Runtime } from '../manifest.ts'
import type { Endpoint } from '../model-version.ts'

/** The host of a graph: nothing runs for it, and whoever is asked for it asks its nodes. */
export const graphHost = 'graph'

/** Whether nothing runs behind an endpoint. */
export function isGraphEndpoint({ host }: Pick<Endpoint, 'host'>): boolean {
  return host === graphHost
}

/** Whether versions of a runtime have no image and no endpoint of their own. */
export function runsNothing(runtime: Runtime): boolean {
  return runtime === 'graph'
}
