import { namesIn, neededNodes, needsOf } from './expression-scope.ts'
import type { GraphDefinition } from './graph-definition.ts'

/** What of a graph flows where: what a picture of it draws. */
export interface GraphFlow {
  /** In an order in which they can run. A node that needs none is given of the graph's own input. */
  readonly nodes: readonly { readonly name: string; readonly needs: readonly string[] }[]
  /** The nodes that its answer is made of. */
  readonly output: readonly string[]
}

export function graphFlow(definition: GraphDefinition): GraphFlow {
  const steps = new Map(definition.nodes.map(({ name, step }) => [name, step]))
  const names = new Set(steps.keys())
  const nodes = neededNodes(definition).flatMap((name) => {
    const step = steps.get(name)
    return step === undefined ? [] : [{ name, needs: needsOf(step, names) }]
  })
  return { nodes, output: namesIn(definition.output).filter((name) => names.has(name)) }
}
