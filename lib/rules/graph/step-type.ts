import { isFault, parseExpression } from './expression.ts'
import { either, type FlowType, mayBe, typeOfAnswer, typeText, unknownType } from './flow-type.ts'
import type { EnsembleStep, ModelStep, PinnedVersion, Step } from './graph-definition.ts'
import type { GraphFault } from './graph-fault.ts'
import { infer, type Missing, type Scope } from './infer.ts'
import { inputFaults } from './misfits.ts'

/** What is known of the world around a step. */
export interface Around {
  readonly scope: Scope
  readonly pins: ReadonlyMap<string, PinnedVersion>
  readonly faults: GraphFault[]
}

/** What a step answers; what in it does not fit is told in `faults`. */
export function typeOfStep(step: Step, around: Around): FlowType {
  const expression = (text: string, path: string, within = around) =>
    typeOfExpression(text, `${step.pointer}${path}`, within)
  const condition = (text: string, path: string, within = around) => {
    const type = expression(text, path, within)
    if (!mayBe(type, { kind: 'boolean' }))
      around.faults.push({
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
    case 'ensemble':
      return typeOfEnsemble(step, around)
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
            condition(stage.accept, `/cascade/${i}/accept`, withLocals(around, { answer }))
          return answer
        })
        .reduce(either)
    case 'map': {
      const over = expression(step.over, '/map')
      const item = over.kind === 'list' ? over.of : unknownType
      const of = typeOfStep(step.each, withLocals(around, { item, index: { kind: 'number', type: 'int32' } }))
      return { kind: 'list', of, length: over.kind === 'list' ? over.length : null }
    }
    case 'fallback':
      return joined(step.choices, around)
  }
}

/** What the answers of all members come to. */
function typeOfEnsemble(step: EnsembleStep, around: Around): FlowType {
  const members = step.members.map((member) => typeOfStep(member, around))
  const [first = unknownType, ...others] = members
  const all = others.reduce(either, first)
  if (step.combine === 'majority') return all
  if (typeof step.combine !== 'string') {
    const answers: FlowType = { kind: 'list', of: all, length: members.length }
    return typeOfExpression(
      step.combine.expression,
      `${step.pointer}/combine`,
      withLocals(around, { answers }),
    )
  }
  for (const [i, member] of members.entries())
    if (!isMeanable(member))
      around.faults.push({
        pointer: step.members[i]?.pointer ?? step.pointer,
        at: 'value',
        found: `a member that answers ${typeText(member)}`,
        allowed: 'numbers: of others there is no mean',
      })
  return fractional(all)
}

/** The same, with what only the inside of a step has a name for. */
function withLocals(around: Around, locals: Scope): Around {
  return { ...around, scope: { ...around.scope, ...locals } }
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

/** What an expression gives; what it names and is not there is told in `faults`. */
export function typeOfExpression(text: string, pointer: string, { scope, faults }: Around): FlowType {
  const parsed = parseExpression(text)
  if (isFault(parsed)) return unknownType
  const missing: Missing[] = []
  const type = infer(parsed.ast, scope, missing)
  faults.push(...missing.slice(0, 5).map((one) => ({ pointer, ...one })))
  return type
}
