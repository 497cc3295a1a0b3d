import type { NodeBook, NodeCall, NodeStanding } from '../lambdas/serving/graph/node-book.ts'

type Counts = { -readonly [key in keyof NodeStanding]: NodeStanding[key] }

/** A graph that nobody released is never noted, so there are no more of these than nodes of graphs. */
export class NodeCounters implements NodeBook {
  readonly #counts = new Map<string, Map<string, Counts>>()

  note({ model, version, at, failed, latencyMs }: NodeCall): void {
    const key = `${model} ${version}`
    const nodes = this.#counts.get(key) ?? new Map<string, Counts>()
    this.#counts.set(key, nodes)
    const counts = nodes.get(at) ?? { calls: 0, failed: 0, lastMs: 0, meanMs: 0 }
    counts.calls += 1
    if (failed) counts.failed += 1
    counts.lastMs = latencyMs
    counts.meanMs += (latencyMs - counts.meanMs) / counts.calls
    nodes.set(at, counts)
  }

  async of(model: string, version: string): Promise<Readonly<Record<string, NodeStanding>>> {
    return Object.fromEntries(this.#counts.get(`${model} ${version}`) ?? [])
  }
}
