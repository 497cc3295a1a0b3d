import pLimit from 'p-limit'
import { newModel } from '../../lib/rules/alias-move.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { reachedBy } from '../../lib/rules/routing.ts'
import type { Registry } from '../ports.ts'

const readsAtOnce = 8

/** The versions that graphs ask which somebody reaches, `churn 1.4.0`, each with one such graph, graphs inside graphs included. */
export async function liveNodes(
  registry: Pick<Registry, 'modelNames' | 'model' | 'versions'>,
): Promise<ReadonlyMap<string, string>> {
  const names = await registry.modelNames()
  const all = await pLimit(readsAtOnce).map(names, async (name) => {
    const graphs = (await registry.versions(name)).filter(
      ({ state, graph }) => state === 'READY' && graph !== undefined,
    )
    if (graphs.length === 0) return []
    const record = (await registry.model(name)) ?? newModel(name)
    return graphs.map((graph) => ({ graph, isReached: reachedBy(record, graph.version) !== undefined }))
  })
  const graphs = new Map(all.flat().map(({ graph }) => [nameOf(graph), graph]))
  const asked = new Map<string, string>()
  const ask = (graph: VersionRecord): void => {
    for (const pin of Object.values(graph.graph?.pins ?? {})) {
      const node = nameOf(pin)
      if (asked.has(node)) continue
      asked.set(node, nameOf(graph))
      const inside = graphs.get(node)
      if (inside !== undefined) ask(inside)
    }
  }
  for (const { graph, isReached } of all.flat()) if (isReached) ask(graph)
  return asked
}

function nameOf({ model, version }: { readonly model: string; readonly version: string }): string {
  return `${model} ${version}`
}
