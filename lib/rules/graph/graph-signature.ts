import type { Field, Signature } from '../signature.ts'
import { isFault, parseExpression } from './expression.ts'
import { plainPath } from './expression-ast.ts'
import { neededNodes } from './expression-scope.ts'
import {
  either,
  type FlowType,
  fieldOfType,
  mayBe,
  objectOf,
  typeOfAnswer,
  typeText,
  unknownType,
} from './flow-type.ts'
import type { GraphDefinition, ModelStep, PinnedVersion, Step } from './graph-definition.ts'
import type { GraphFault } from './graph-fault.ts'
import { inputsOf } from './graph-inputs.ts'
import { infer, type Missing, type Scope } from './infer.ts'
import { inputFaults, misfits } from './misfits.ts'

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

function typeOfExpression(text: string, pointer: string, { scope, faults }: Around): FlowType {
  const parsed = parseExpression(text)
  if (isFault(parsed)) return unknownType
  const missing: Missing[] = []
  const type = infer(parsed.ast, scope, missing)
  faults.push(...missing.slice(0, 5).map((one) => ({ pointer, ...one })))
  return type
}
