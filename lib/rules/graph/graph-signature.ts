import type { Field, Signature } from '../signature.ts'
import { isFault, parseExpression } from './expression.ts'
import { plainPath } from './expression-ast.ts'
import { neededNodes } from './expression-scope.ts'
import { type FlowType, fieldOfType, objectOf, typeOfAnswer } from './flow-type.ts'
import type { GraphDefinition, PinnedVersion } from './graph-definition.ts'
import type { GraphFault } from './graph-fault.ts'
import { inputsOf } from './graph-inputs.ts'
import type { Scope } from './infer.ts'
import { misfits } from './misfits.ts'
import { typeOfExpression, typeOfStep } from './step-type.ts'

/** What a graph takes and answers, and what in it does not fit together. */
export interface CheckedFlow {
  /** Absent where there are faults. */
  readonly signature?: Signature
  readonly faults: readonly GraphFault[]
}

/**
 * Follow what flows through a graph, from what it takes to what it answers.
 * @param pins the version that each step asks, by the step's name
 * @param declared what its model.yaml says of it, where graph.yaml does not
 */
export function checkFlow(
  definition: GraphDefinition,
  pins: ReadonlyMap<string, PinnedVersion>,
  declared?: Signature,
): CheckedFlow {
  const faults: GraphFault[] = []
  const inputs = inputsOf(definition, pins, declared, faults)
  if (faults.length > 0) return { faults }
  let scope: Scope = { input: objectOf(inputs) }
  const steps = new Map(definition.nodes.map(({ name, step }) => [name, step]))
  for (const name of neededNodes(definition)) {
    const step = steps.get(name)
    if (step !== undefined) scope = { ...scope, [name]: typeOfStep(step, { scope, pins, faults }) }
  }
  const answer = typeOfExpression(definition.output, '/output', { scope, pins, faults })
  if (faults.length > 0) return { faults }
  const outputs = outputsOf(definition, answer, declared, pins, faults)
  if (faults.length > 0) return { faults }
  return { signature: { inputs, outputs }, faults }
}

/** What a graph answers: what it says of itself, else what its output is known to be. */
function outputsOf(
  definition: GraphDefinition,
  answer: FlowType,
  declared: Signature | undefined,
  pins: ReadonlyMap<string, PinnedVersion>,
  faults: GraphFault[],
): readonly Field[] {
  const said = definition.outputs.length > 0 ? definition.outputs : (declared?.outputs ?? [])
  if (said.length > 0) {
    // What has one output may be answered bare, or by its name.
    const isNamed = answer.kind === 'object' && said.every(({ name }) => Object.hasOwn(answer.members, name))
    faults.push(...misfits(answer, isNamed ? objectOf(said) : typeOfAnswer(said), '/output'))
    const known = said.map(({ name }) => name)
    for (const name of isNamed ? Object.keys(answer.members) : [])
      if (!known.includes(name))
        faults.push({
          ...{ pointer: '/output', at: 'value', found: `an object with '${name}', which is no output` },
          allowed: known.join(', '),
        })
    return said
  }
  const names = answer.kind === 'object' ? Object.entries(answer.members) : undefined
  const fields = (names ?? [[bareName(definition, pins), answer] as const]).map(([name, type]) => ({
    name,
    field: fieldOfType(name, type),
  }))
  if (names?.length === 0)
    faults.push({ pointer: '/output', found: 'an object of nothing', allowed: 'one output at least' })
  for (const { name, field } of fields)
    if (field === undefined)
      faults.push({
        pointer: '/output',
        at: 'value',
        found: `an expression, and what '${name}' in it is cannot be told`,
        allowed: `fields under 'outputs' that say it`,
      })
  return fields.flatMap(({ field }) => field ?? [])
}

/** The name of an output that has none of its own: that of the node's output, where it is one. */
function bareName(definition: GraphDefinition, pins: ReadonlyMap<string, PinnedVersion>): string {
  const parsed = parseExpression(definition.output)
  const path = isFault(parsed) ? undefined : plainPath(parsed.ast)
  const outputs = path?.length === 1 ? pins.get(path[0] ?? '')?.signature?.outputs : undefined
  return (outputs?.length === 1 ? outputs[0]?.name : path?.at(-1)) ?? 'prediction'
}
