import { didYouMean } from '../did-you-mean.ts'
import { describeFields, type Field, type Signature } from '../signature.ts'
import { isFault, parseExpression } from './expression.ts'
import { plainPath } from './expression-ast.ts'
import { expressionsOf } from './expression-scope.ts'
import {
  type GraphDefinition,
  type ModelStep,
  modelSteps,
  type PinnedVersion,
  type Step,
  stepsInside,
} from './graph-definition.ts'
import type { GraphFault } from './graph-fault.ts'

/** What a graph takes: what it says of itself, and of the rest what the nodes take that get it as it is. */
export function inputsOf(
  definition: GraphDefinition,
  pins: ReadonlyMap<string, PinnedVersion>,
  declared: Signature | undefined,
  faults: GraphFault[],
): readonly Field[] {
  const said = definition.inputs.length > 0 ? definition.inputs : (declared?.inputs ?? [])
  const fields = new Map(said.map((field) => [field.name, field]))
  const takers = new Map<string, { readonly field: Field; readonly at: string }>()
  for (const { field, step } of direct(definition, pins)) {
    if (said.some(({ name }) => name === field.name)) continue
    const known = takers.get(field.name)
    if (known === undefined) {
      takers.set(field.name, { field, at: step.at })
      fields.set(field.name, field)
    } else if (describeFields([known.field]) !== describeFields([field]) || !sameValues(known.field, field))
      faults.push({
        pointer: step.pointer,
        found: `in need of input ${describeFields([field])}, and '${known.at}' takes it as ${describeFields([known.field])}`,
        allowed: `one type of it: say which under 'inputs'`,
      })
  }
  for (const { name, pointer, offset } of usedInputs(definition))
    if (!fields.has(name)) {
      faults.push({
        pointer,
        offset,
        found: `'input.${name}', and nothing tells what that is${didYouMean(name, [...fields.keys()])}`,
        allowed: [...fields.keys(), `a field '${name}' under 'inputs'`].join(', '),
      })
      fields.set(name, { name, type: 'float64', shape: [] })
    }
  if (fields.size === 0 && faults.length === 0)
    faults.push({
      pointer: '/nodes',
      found: 'no input that anything takes',
      allowed: "a node that takes some, or a list of 'inputs'",
    })
  return [...fields.values()]
}

function sameValues(one: Field, other: Field): boolean {
  return JSON.stringify(one.values ?? null) === JSON.stringify(other.values ?? null)
}

/** Fields of nodes that get an input of the graph as it is, under the name that it has there. */
function direct(
  definition: GraphDefinition,
  pins: ReadonlyMap<string, PinnedVersion>,
): { readonly field: Field; readonly step: ModelStep }[] {
  return modelSteps(definition).flatMap((step) => {
    const takes = pins.get(step.at)?.signature?.inputs ?? []
    if (step.input === undefined)
      return isInMap(definition, step) ? [] : takes.map((field) => ({ field, step }))
    const parsed = parseExpression(step.input)
    if (isFault(parsed)) return []
    const [only] = takes
    const whole = plainPath(parsed.ast)
    if (whole?.length === 2 && whole[0] === 'input' && takes.length === 1 && only !== undefined)
      return [{ field: { ...only, name: whole[1] ?? '' }, step }]
    if (whole?.length === 1 && whole[0] === 'input') return takes.map((field) => ({ field, step }))
    const pairs = Array.isArray(parsed.ast.lhs) ? (parsed.ast.lhs as [{ value?: unknown }, never][]) : []
    return pairs.flatMap(([key, value]) => {
      const path = plainPath(value)
      const field = takes.find(({ name }) => name === key.value)
      return path?.length === 2 && path[0] === 'input' && field !== undefined
        ? [{ field: { ...field, name: path[1] ?? '' }, step }]
        : []
    })
  })
}

function isInMap(definition: GraphDefinition, step: ModelStep): boolean {
  const inside = (one: Step, isMapped: boolean): boolean =>
    one === step ? isMapped : stepsInside(one).some((part) => inside(part, isMapped || one.kind === 'map'))
  return definition.nodes.some(({ step: top }) => inside(top, false))
}

/** Every `input.name` of every expression. */
function usedInputs({ nodes, output }: GraphDefinition) {
  const scoped = [
    ...nodes.flatMap(({ step }) => expressionsOf(step)),
    { text: output, pointer: '/output', locals: [] },
  ]
  return scoped.flatMap(({ text, pointer }) => {
    const parsed = parseExpression(text)
    if (isFault(parsed)) return []
    return parsed.names.flatMap(({ name, member }) =>
      name === 'input' && member !== undefined ? [{ name: member.name, offset: member.offset, pointer }] : [],
    )
  })
}
