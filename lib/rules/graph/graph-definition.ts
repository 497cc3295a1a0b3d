import type { Field, Signature } from '../signature.ts'

/** The file that describes a graph. */
export const graphFile = 'graph.yaml'

/** A JSONata expression. */
export type Expression = string

/** What every step has. */
interface Placed {
  /** Its own name inside the graph: of a node that of the node, of a branch `vote.0` and the like. */
  readonly at: string
  /** Where it stands in the file: a JSON Pointer. */
  readonly pointer: string
  /** It and all inside it has so long at most, in milliseconds. */
  readonly timeoutMs?: number
}

/** Which version of a model a node asks, as it was written. */
export type Selector = { readonly version: string } | { readonly range: string } | { readonly alias: string }

/** Ask a version of a model. */
export interface ModelStep extends Placed {
  readonly kind: 'model'
  readonly model: string
  readonly selector: Selector
  /** What it is asked. @default what it takes, by name, of the graph's own input or, in a map, of the item */
  readonly input?: Expression
  /** Ask once more where it failed. */
  readonly retry?: true
}

/** Make a value out of others, without a model. */
export interface ValueStep extends Placed {
  readonly kind: 'value'
  readonly value: Expression
}

/** Ask several at once and make one answer of theirs. */
export interface EnsembleStep extends Placed {
  readonly kind: 'ensemble'
  readonly members: readonly Step[]
  readonly combine: 'mean' | 'weighted' | 'majority' | { readonly expression: Expression }
  /** Of `weighted`: one a member. */
  readonly weights?: readonly number[]
}

/** Take the first branch whose condition holds. */
export interface SwitchStep extends Placed {
  readonly kind: 'switch'
  readonly cases: readonly { readonly when: Expression; readonly then: Step }[]
  readonly otherwise: Step
}

/** Ask the cheap one first, and the next where its answer is not accepted. */
export interface CascadeStep extends Placed {
  readonly kind: 'cascade'
  /** The last one's answer is taken as it is. */
  readonly stages: readonly { readonly step: Step; readonly accept?: Expression }[]
}

/** Do the same for each item of a list. */
export interface MapStep extends Placed {
  readonly kind: 'map'
  readonly over: Expression
  readonly each: Step
  /** So many calls at once. */
  readonly concurrency: number
  /** So many items a call. */
  readonly batch: number
}

/** Take the first answer there is. */
export interface FallbackStep extends Placed {
  readonly kind: 'fallback'
  readonly choices: readonly Step[]
}

export type Step = ModelStep | ValueStep | EnsembleStep | SwitchStep | CascadeStep | MapStep | FallbackStep

/** A graph as its file says it: what `sluice show --json` gives for pictures. */
export interface GraphDefinition {
  /** What the file says of its own input and output; the rest is derived. */
  readonly inputs: readonly Field[]
  readonly outputs: readonly Field[]
  /** By name, in the order of the file. */
  readonly nodes: readonly { readonly name: string; readonly step: Step }[]
  readonly output: Expression
}

/** The version that a step asks, resolved once, at release. */
export interface Pin {
  readonly model: string
  readonly version: string
  readonly digest: string
}

/** What a version record keeps of a graph. */
export interface GraphRecord {
  readonly definition: GraphDefinition
  /** By the names of the steps that ask a model. */
  readonly pins: Readonly<Record<string, Pin>>
  /** How deep graphs lie in it: 1 where none of its nodes is one. */
  readonly depth: number
  /** How many models it asks at most, those inside its nodes included, a list counted once. */
  readonly asks: number
}

/** A version as a graph sees it that names it. */
export interface PinnedVersion extends Pin {
  readonly signature: Signature | undefined
  readonly graph?: Pick<GraphRecord, 'depth' | 'asks'>
}

/** The steps right inside a step. */
export function stepsInside(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'model':
    case 'value':
      return []
    case 'ensemble':
      return step.members
    case 'switch':
      return [...step.cases.map(({ then }) => then), step.otherwise]
    case 'cascade':
      return step.stages.map((stage) => stage.step)
    case 'map':
      return [step.each]
    case 'fallback':
      return step.choices
  }
}

/** A step and all inside it, outermost first. */
export function allSteps(step: Step): readonly Step[] {
  return [step, ...stepsInside(step).flatMap(allSteps)]
}

/** Every step of a graph that asks a model. */
export function modelSteps({ nodes }: Pick<GraphDefinition, 'nodes'>): readonly ModelStep[] {
  return nodes.flatMap(({ step }) => allSteps(step)).filter((step) => step.kind === 'model')
}

/** `^1.2`, `alias live`: how a selector is told. */
export function selectorText(selector: Selector): string {
  if ('version' in selector) return selector.version
  return 'range' in selector ? selector.range : `alias ${selector.alias}`
}
