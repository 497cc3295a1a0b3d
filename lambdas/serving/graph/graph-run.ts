import type { ModelStep, Pin } from '../../../lib/rules/graph/graph-definition.ts'
import type { GraphPlan } from '../../../lib/rules/graph/graph-plan.ts'

/** A step that asks a model, and the version that it asks. */
export interface AskedNode extends Pin {
  readonly step: ModelStep
}

/** What is asked of a version. */
export interface Question {
  /** One a record. */
  readonly inputs: readonly unknown[]
  /** The inputs hold more than the version takes, which takes its own by name. */
  readonly pick: boolean
  readonly timeoutMs: number
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** What running a graph needs of the world. */
export interface GraphPorts {
  /** Ask a version. @returns one answer a record @throws Problem */
  ask(node: AskedNode, question: Question): Promise<readonly unknown[]>
  /** Milliseconds that only run forward. */
  now(): number
  /** Resolves after so many milliseconds, or never once nobody waits. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** In [0, 1). */
  draw(): number
}

/** Hears what happens in a call. */
export interface GraphTrace {
  /** A version was asked, and answered or did not. */
  asked(node: AskedNode, tookMs: number, failed: boolean): void
  /** A step answered by another choice than its first. @param choice 1 is the second */
  fellBack(at: string, choice: number): void
}

/** How a graph is run: for how long, for whom, and who listens. */
export interface GraphRun {
  readonly ports: GraphPorts
  readonly plan: GraphPlan
  readonly trace: GraphTrace
  /** By `ports.now`. */
  readonly until: number
  readonly signal: AbortSignal
}
