/** A node of a graph was asked. */
export interface NodeCall {
  /** The graph. */
  readonly model: string
  readonly version: string
  /** The node, or the step inside one. */
  readonly at: string
  readonly failed: boolean
  readonly latencyMs: number
}

/** How a node of a graph has done. */
export interface NodeStanding {
  readonly calls: number
  readonly failed: number
  readonly lastMs: number
  readonly meanMs: number
}

/** Keeps how the nodes of graphs do. */
export interface NodeBook {
  /** Never delays or fails the call. */
  note(call: NodeCall): void
  /** By the names of steps; what was never asked is not there. */
  of(model: string, version: string): Promise<Readonly<Record<string, NodeStanding>>>
}
