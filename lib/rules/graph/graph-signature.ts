import { didYouMean } from '../did-you-mean.ts'
import { describeFields, type Field, type Signature } from '../signature.ts'
import { isFault, parseExpression } from './expression.ts'
import { plainPath } from './expression-ast.ts'
import { expressionsOf, neededNodes } from './expression-scope.ts'
import {
  either,
  type FlowType,
  fieldOfType,
  mayBe,
  objectOf,
  typeOfAnswer,
  typeOfField,
  typeText,
  unknownType,
} from './flow-type.ts'
import {
  type GraphDefinition,
  type ModelStep,
  modelSteps,
  type PinnedVersion,
  type Step,
  stepsInside,
} from './graph-definition.ts'
import type { GraphFault } from './graph-fault.ts'
import { infer, type Missing, type Scope } from './infer.ts'

/** What a graph takes and answers, and what in it does not fit together. */
export interface CheckedFlow {
  /** Absent where there are faults. */
  readonly signature?: Signature
  readonly faults: readonly GraphFault[]
}

/** What is known of the world around a step. */
interface Around {
  readonly scope: Scope
  readonly pins: ReadonlyMap<string, PinnedVersion>
  readonly faults: GraphFault[]
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

/** What a graph takes: what it says of itself, and of the rest what the nodes take that get it as it is. */
function inputsOf(
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
    const wanted = typeOfAnswer(said)
    faults.push(...misfits(answer, wanted, '/output'))
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

function typeOfStep(step: Step, around: Around): FlowType {
  const { scope, faults } = around
  const withLocals = (locals: Scope): Around => ({ ...around, scope: { ...scope, ...locals } })
  const expression = (text: string, path: string, within = around) =>
    typeOfExpression(text, `${step.pointer}${path}`, within)
  const condition = (text: string, path: string, within = around) => {
    const type = expression(text, path, within)
    if (!mayBe(type, { kind: 'boolean' }))
      faults.push({
        pointer: `${step.pointer}${path}`,
        at: 'value',
        found: `a condition that gives ${typeText(type)}`,
        allowed: 'one that gives true or false',
      })
  }
  switch (step.kind) {
    case 'model':
      return typeOfModel(step, around)
    case 'value':
      return expression(step.value, '/value')
    case 'ensemble': {
      const members = step.members.map((member) => typeOfStep(member, around))
      const [first = unknownType, ...others] = members
      const all = others.reduce(either, first)
      if (typeof step.combine !== 'string') {
        const answers: FlowType = { kind: 'list', of: all, length: members.length }
        return expression(step.combine.expression, '/combine', withLocals({ answers }))
      }
      if (step.combine === 'majority') return all
      for (const [i, member] of members.entries())
        if (!isMeanable(member))
          faults.push({
            pointer: step.members[i]?.pointer ?? step.pointer,
            at: 'value',
            found: `a member that answers ${typeText(member)}`,
            allowed: 'numbers: of others there is no mean',
          })
      return fractional(all)
    }
    case 'switch': {
      for (const [i, { when }] of step.cases.entries()) condition(when, `/switch/${i}/when`)
      const branches = [...step.cases.map(({ then }) => then), step.otherwise]
      return joined(branches, around)
    }
    case 'cascade':
      return step.stages
        .map((stage, i) => {
          const answer = typeOfStep(stage.step, around)
          if (stage.accept !== undefined)
            condition(stage.accept, `/cascade/${i}/accept`, withLocals({ answer }))
          return answer
        })
        .reduce(either)
    case 'map': {
      const over = expression(step.over, '/map')
      const item = over.kind === 'list' ? over.of : unknownType
      const of = typeOfStep(step.each, withLocals({ item, index: { kind: 'number', type: 'int32' } }))
      return { kind: 'list', of, length: over.kind === 'list' ? over.length : null }
    }
    case 'fallback':
      return joined(step.choices, around)
  }
}

function joined(steps: readonly Step[], around: Around): FlowType {
  const [first = unknownType, ...others] = steps.map((step) => typeOfStep(step, around))
  return others.reduce(either, first)
}

function isMeanable(type: FlowType): boolean {
  if (type.kind === 'list') return isMeanable(type.of)
  if (type.kind === 'object') return Object.values(type.members).every(isMeanable)
  return type.kind === 'number' || type.kind === 'unknown'
}

/** The mean of whole numbers has a fraction. */
function fractional(type: FlowType): FlowType {
  if (type.kind === 'list') return { ...type, of: fractional(type.of) }
  if (type.kind === 'object')
    return {
      kind: 'object',
      members: Object.fromEntries(
        Object.entries(type.members).map(([name, member]) => [name, fractional(member)]),
      ),
    }
  if (type.kind !== 'number') return type
  return type.type?.startsWith('float') ? type : { kind: 'number', type: 'float64' }
}

/** What a version answers; and whether it takes what flows to it. */
function typeOfModel(step: ModelStep, around: Around): FlowType {
  const signature = around.pins.get(step.at)?.signature
  if (signature === undefined) return unknownType
  const pointer = step.input === undefined ? step.pointer : `${step.pointer}/input`
  const { item, input = unknownType } = around.scope
  const given = step.input === undefined ? (item ?? input) : typeOfExpression(step.input, pointer, around)
  const faults = inputFaults(given, signature, pointer, step.input === undefined)
  around.faults.push(...faults)
  return typeOfAnswer(signature.outputs)
}

/** @param picks what is given may hold more than is taken */
function inputFaults(
  given: FlowType,
  { inputs }: Signature,
  pointer: string,
  picks: boolean,
): readonly GraphFault[] {
  const [only] = inputs
  if (given.kind === 'unknown') return []
  const named = given.kind === 'object' ? given.members : undefined
  // What takes one value takes it bare, too.
  if (only !== undefined && inputs.length === 1 && (named === undefined || !Object.hasOwn(named, only.name)))
    return named === undefined || !picks
      ? misfits(given, typeOfField(only), pointer)
      : [lacking(pointer, only)]
  if (named === undefined)
    return [
      { pointer, at: 'value', found: typeText(given), allowed: `an object of ${describeFields(inputs)}` },
    ]
  const names = inputs.map(({ name }) => name)
  const unknown = picks ? [] : Object.keys(named).filter((name) => !names.includes(name))
  return [
    ...unknown.map((name) => ({
      pointer,
      at: 'value' as const,
      found: `an object with '${name}', which the model does not take${didYouMean(name, names)}`,
      allowed: describeFields(inputs),
    })),
    ...inputs.flatMap((field): readonly GraphFault[] => {
      const type = Object.hasOwn(named, field.name) ? named[field.name] : undefined
      if (type === undefined) return [lacking(pointer, field)]
      return misfits(type, typeOfField(field), pointer, `'${field.name}' as `)
    }),
  ]
}

function lacking(pointer: string, field: Field): GraphFault {
  return {
    pointer,
    at: 'value',
    found: `without '${field.name}', which the model takes`,
    allowed: `an object with ${describeFields([field])}`,
  }
}

function misfits(type: FlowType, wanted: FlowType, pointer: string, what = ''): GraphFault[] {
  if (mayBe(type, wanted)) {
    if (type.kind !== 'object' || wanted.kind !== 'object') return []
    return Object.entries(wanted.members).flatMap(([name, member]) => {
      const given = Object.hasOwn(type.members, name) ? type.members[name] : undefined
      if (given !== undefined) return misfits(given, member, pointer, `'${name}' as `)
      return [{ pointer, at: 'value' as const, found: `without '${name}'`, allowed: typeText(wanted) }]
    })
  }
  return [{ pointer, at: 'value', found: `${what}${typeText(type)}`, allowed: typeText(wanted) }]
}

function typeOfExpression(text: string, pointer: string, { scope, faults }: Around): FlowType {
  const parsed = parseExpression(text)
  if (isFault(parsed)) return unknownType
  const missing: Missing[] = []
  const type = infer(parsed.ast, scope, missing)
  faults.push(...missing.slice(0, 5).map((one) => ({ pointer, ...one })))
  return type
}
