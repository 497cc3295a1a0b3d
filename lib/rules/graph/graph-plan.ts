import { compileExpression, type Evaluate } from './evaluation.ts'
import { neededNodes, needsOf } from './expression-scope.ts'
import {
  allSteps,
  type Expression,
  type GraphDefinition,
  type GraphRecord,
  type Pin,
  type Step,
} from './graph-definition.ts'

/** A graph that is ready to run. */
export interface GraphPlan {
  /** Each after all that it needs. */
  readonly nodes: readonly PlannedNode[]
  readonly output: Evaluate
  /** The version that a step asks. */
  pinOf(at: string): Pin | undefined
  evaluate(text: Expression): Evaluate
}

export interface PlannedNode {
  readonly name: string
  readonly step: Step
  /** The nodes whose answers it looks at. */
  readonly needs: readonly string[]
}

/** Make a graph ready to run: once a version. */
export function planGraph({ definition, pins }: Pick<GraphRecord, 'definition' | 'pins'>): GraphPlan {
  const compiled = new Map<Expression, Evaluate>()
  const evaluate = (text: Expression): Evaluate => {
    const known = compiled.get(text)
    if (known !== undefined) return known
    const made = compileExpression(text)
    compiled.set(text, made)
    return made
  }
  return {
    nodes: plannedNodes(definition),
    output: evaluate(definition.output),
    pinOf: (at) => pins[at],
    evaluate,
  }
}

function plannedNodes(definition: GraphDefinition): PlannedNode[] {
  const steps = new Map(definition.nodes.map(({ name, step }) => [name, step]))
  const names = new Set(steps.keys())
  return neededNodes(definition).flatMap((name) => {
    const step = steps.get(name)
    return step === undefined ? [] : [{ name, step, needs: needsOf(step, names) }]
  })
}

/** Whether a step, or one inside it, asks a model. */
export function asksModels(step: Step): boolean {
  return allSteps(step).some(({ kind }) => kind === 'model')
}
