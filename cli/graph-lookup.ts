import type { NodeLookup } from '../lambdas/release/node-lookup.ts'
import { isProblem } from '../lib/rules/problem.ts'
import type { PlatformClient } from './platform-client.ts'

/** The models of a platform, as a graph's nodes are looked up there. */
export function nodesOn(platform: PlatformClient): NodeLookup {
  const details = (model: string) => platform.model(model).catch(unlessUnknown)
  return {
    model: details,
    versions: async (model) => ((await details(model))?.versions ?? []).map(({ version }) => version),
    version: async (model, version) => platform.version(model, version).catch(unlessUnknown),
  }
}

function unlessUnknown(error: unknown): undefined {
  if (!isProblem(error) || (error.code !== 'model-unknown' && error.code !== 'version-unknown')) throw error
}

/** The same where a platform answers; undefined where none does, and then a graph is looked at by itself. */
export async function reachableNodes(platform: PlatformClient): Promise<NodeLookup | undefined> {
  try {
    await platform.health()
    return nodesOn(platform)
  } catch {
    return undefined
  }
}
