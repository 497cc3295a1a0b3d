import { didYouMean } from '../did-you-mean.ts'
import { type Ast, pairsOf, plainPath } from './expression-ast.ts'
import { either, type FlowType, typeText, unknownType } from './flow-type.ts'

/** What names stand for, by name. */
export type Scope = Readonly<Record<string, FlowType>>

/** A name that is looked for where there is none. */
export interface Missing {
  readonly found: string
  readonly allowed: string
  readonly offset: number
}

const numbers = new Set(
  'sum count max min average number floor ceil round abs sqrt power length parseInteger toMillis'.split(' '),
)
const strings = new Set(
  'string substring substringBefore substringAfter lowercase uppercase trim join formatNumber formatBase formatInteger fromMillis type base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl'.split(
    ' ',
  ),
)
const booleans = new Set('boolean not exists contains'.split(' '))
const number: FlowType = { kind: 'number' }
const string: FlowType = { kind: 'string' }
const boolean: FlowType = { kind: 'boolean' }

/**
 * What an expression gives, as far as that can be told without evaluating it.
 * @param missing what it looks for in vain is added here
 */
export function infer(ast: Ast, scope: Scope, missing: Missing[]): FlowType {
  const of = (part: Ast | undefined) => (part === undefined ? unknownType : infer(part, scope, missing))
  const path = plainPath(ast)
  if (path !== undefined) return inferPath(ast, path, scope, missing)
  switch (ast.type) {
    case 'number':
      return number
    case 'string':
      return { kind: 'string', values: [String(ast.value)] }
    case 'value':
      return ast.value === null ? { kind: 'null' } : boolean
    case 'condition':
      of(ast.condition)
      // Without an else there may be nothing.
      return either(of(ast.then), of(ast.else))
    case 'block': {
      const all = (ast.expressions ?? []).map(of)
      return all.at(-1) ?? unknownType
    }
    case 'binary':
      of(ast.lhs as Ast)
      of(ast.rhs)
      return inferBinary(String(ast.value))
    case 'unary':
      return inferUnary(ast, scope, missing)
    case 'function':
      for (const argument of ast.arguments ?? [])
        if (argument.type !== 'lambda' && argument.type !== 'variable') of(argument)
      return inferCall(String(ast.procedure?.value))
    default:
      return unknownType
  }
}

function inferPath(ast: Ast, path: readonly string[], scope: Scope, missing: Missing[]): FlowType {
  let type: FlowType = { kind: 'object', members: scope }
  for (const [i, name] of path.entries()) {
    // A path through a list gives a list, or one of its items, or nothing: that is known when it is evaluated.
    if (type.kind === 'list' || type.kind === 'unknown') return unknownType
    const member: FlowType | undefined =
      type.kind === 'object' && Object.hasOwn(type.members, name) ? type.members[name] : undefined
    if (member === undefined) {
      const names = type.kind === 'object' ? Object.keys(type.members) : []
      const steps = ast.steps ?? []
      const step = steps[i + steps.length - path.length]
      missing.push({
        found: `'${path.slice(0, i + 1).join('.')}', and there is no '${name}' in ${typeText(type)}${didYouMean(name, names)}`,
        allowed: names.length === 0 ? 'the value itself' : names.join(', '),
        offset: Math.max(0, (step?.position ?? 0) - name.length),
      })
      return unknownType
    }
    type = member
  }
  return type
}

function inferBinary(operator: string): FlowType {
  if (['+', '-', '*', '/', '%'].includes(operator)) return number
  if (operator === '&') return string
  return boolean
}

function inferUnary(ast: Ast, scope: Scope, missing: Missing[]): FlowType {
  if (ast.value === '-') {
    if (ast.expression !== undefined) infer(ast.expression, scope, missing)
    return number
  }
  const pairs = pairsOf(ast)
  if (pairs !== undefined) {
    const members = pairs.map(([key, value]) => [key, infer(value, scope, missing)] as const)
    if (!members.every(([key]) => key.type === 'string')) return unknownType
    return {
      kind: 'object',
      members: Object.fromEntries(members.map(([key, type]) => [String(key.value), type])),
    }
  }
  const items = (ast.expressions ?? []).map((item) => infer(item, scope, missing))
  const [first = unknownType, ...others] = items
  // What gives nothing is no item, and of what gives a list each is one: only bare items are counted.
  const isBare = items.every(({ kind }) => kind === 'number' || kind === 'string' || kind === 'boolean')
  return {
    kind: 'list',
    of: isBare ? others.reduce(either, first) : unknownType,
    length: isBare ? items.length : null,
  }
}

function inferCall(name: string): FlowType {
  if (numbers.has(name)) return number
  if (strings.has(name)) return string
  return booleans.has(name) ? boolean : unknownType
}
