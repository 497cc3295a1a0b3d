import jsonata from 'jsonata'
import { type Ast, pairsOf } from './expression-ast.ts'

/** An expression that may be evaluated: what it says, and what it looks at. */
export interface ParsedExpression {
  readonly ast: Ast
  /** Every name that it takes from outside, and where: so many characters into it. */
  readonly names: readonly UsedName[]
}

/** A name in an expression, and what of it is looked at, where that is one thing: of `input.age` that is `age`. */
export interface UsedName {
  readonly name: string
  readonly offset: number
  readonly member?: { readonly name: string; readonly offset: number }
}

/** Why an expression is not taken. */
export interface ExpressionFault {
  readonly found: string
  readonly allowed: string
  /** So many characters into it. */
  readonly offset: number
}

/**
 * What an expression may call: what gives the same for the same input, and ends. Absent are `$now`, `$millis`, `$random`,
 * `$shuffle` (each time another), `$eval` (nobody can look into it), `$pad` and what takes patterns (a few characters
 * keep a processor busy for hours).
 */
const functions = new Set(
  (
    'sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim contains ' +
    'split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power boolean not map ' +
    'zip filter single reduce sift keys lookup append exists spread merge reverse each error assert type sort distinct ' +
    'base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis'
  ).split(' '),
)

const plainTypes = new Set(['string', 'number', 'value'])
/** The longest list that a range makes. */
const longestRange = 1000

/** Read an expression. Nothing of it is evaluated. */
export function parseExpression(text: string): ParsedExpression | ExpressionFault {
  let ast: Ast
  try {
    ast = jsonata(text).ast() as Ast
  } catch (error) {
    const {
      message = 'a fault',
      position = 0,
      token,
    } = error as {
      message?: string
      position?: number
      token?: unknown
    }
    const length = typeof token === 'string' && token !== '(end)' ? token.length : 0
    const offset = Math.max(0, Math.min(position - length, text.length))
    return { found: `no JSONata: ${message.slice(0, 160)}`, allowed: 'a JSONata expression', offset }
  }
  const names: UsedName[] = []
  return look(ast, true, names) ?? { ast, names }
}

export function isFault(parsed: ParsedExpression | ExpressionFault): parsed is ExpressionFault {
  return 'found' in parsed
}

type Found = ExpressionFault | undefined
type Names = UsedName[]

/**
 * Walk through an expression, and gather what it takes from outside, until something is not allowed.
 * @param atRoot whether names here are those from outside, and not members of something
 */
function look(ast: Ast | undefined, atRoot: boolean, names: Names): Found {
  if (ast === undefined || plainTypes.has(ast.type)) return undefined
  if (ast.focus !== undefined) return refused(ast, "'@'", 'a path, or $map with a function')
  const refusal = neverAllowed[ast.type]
  if (refusal !== undefined) return refused(ast, ...refusal)
  const inside = (...parts: readonly (Ast | undefined)[]) => first(parts, (part) => look(part, atRoot, names))
  switch (ast.type) {
    case 'path':
      return lookAtPath(ast, atRoot, names)
    case 'name':
      if (atRoot) names.push({ name: String(ast.value), offset: startOf(ast) })
      return undefined
    case 'variable':
      return lookAtVariable(ast, atRoot, names)
    case 'function':
      return lookAtCall(ast, atRoot, names)
    case 'bind':
      return ast.rhs?.type === 'lambda'
        ? refused(ast, 'a function with a name', 'one as the argument of $map and its kin')
        : inside(ast.rhs)
    case 'apply':
      return ast.rhs?.type === 'function'
        ? inside(ast.lhs as Ast, ast.rhs)
        : refused(ast, "'~>' to what is no call", 'a call of a built-in function')
    case 'unary':
      return inside(ast.expression, ...(pairsOf(ast) ?? []).flat()) ?? lookAtItems(ast, atRoot, names)
    case 'binary':
      return ast.value === '..'
        ? refused(ast, "'..'", 'a range of two numbers, inside [ ]')
        : inside(ast.lhs as Ast, ast.rhs)
    case 'condition':
      return inside(ast.condition, ast.then, ast.else)
    case 'block':
      return inside(...(ast.expressions ?? []))
    default:
      return refused(ast, `'${ast.type}'`, 'paths, operators, conditions and calls')
  }
}

/** By what the parser calls them: what was found, and what is allowed in its place. */
const neverAllowed: Readonly<Record<string, readonly [string, string]>> = {
  wildcard: ["'*'", 'the names that are meant'],
  descendant: ["'**'", 'the names that are meant'],
  parent: ["'%'", 'a path from its beginning'],
  regex: ['a pattern', 'a text: some patterns keep a processor busy for hours'],
  partial: ['a call with open places', 'a call, or a function as an argument'],
  lambda: ['a function that stands alone', 'one as the argument of $map and its kin'],
}

function lookAtPath({ steps = [], group }: Ast, atRoot: boolean, names: Names): Found {
  const [head, second] = steps
  // `$$` is all that there is from outside: what of it is looked at must be told.
  const fromTop = head?.type === 'variable' && head.value === '$' && second?.type === 'name'
  const isRoot = (i: number) => (fromTop ? i === 1 : i === 0 && atRoot)
  return (
    first(steps.slice(fromTop ? 1 : 0), (step) => {
      const inside = [...(step.terms ?? []).map(({ expression }) => expression), ...stagesOf(step)]
      const i = steps.indexOf(step)
      if (step.type === 'name' && isRoot(i) && steps[i + 1]?.type === 'name')
        return (
          lookAtMember(step, steps[i + 1] as Ast, names) ?? first(inside, (part) => look(part, false, names))
        )
      const own = step.type === 'sort' ? undefined : look(step, isRoot(i), names)
      return own ?? first(inside, (part) => look(part, false, names))
    }) ?? first((group?.lhs ?? []).flat(), (part) => look(part, false, names))
  )
}

function lookAtMember(step: Ast, member: Ast, names: Names): Found {
  if (step.focus !== undefined) return look(step, true, names)
  const { value: name } = member
  const told = { name: String(step.value), offset: startOf(step) }
  names.push({ ...told, member: { name: String(name), offset: startOf(member) } })
  return undefined
}

function lookAtVariable(ast: Ast, atRoot: boolean, names: Names): Found {
  if (ast.value === '$' || (ast.value === '' && atRoot))
    return refused(ast, `'$${ast.value}' by itself`, 'the names that are meant: input, or a node')
  return first(stagesOf(ast), (part) => look(part, false, names))
}

function lookAtCall(ast: Ast, atRoot: boolean, names: Names): Found {
  const { procedure, arguments: given = [] } = ast
  const name = procedure?.type === 'variable' ? String(procedure.value) : ''
  if (!functions.has(name))
    return refused(
      procedure ?? ast,
      name === '' ? 'a call of what is no built-in function' : `a call of $${name}`,
      'built-in functions that always give the same and end',
    )
  const asArguments = given.filter(({ type, value }) => type !== 'variable' || !functions.has(String(value)))
  return (
    first(asArguments, (one) => look(one.type === 'lambda' ? one.body : one, atRoot, names)) ??
    first(stagesOf(ast), (part) => look(part, false, names))
  )
}

/** What stands in a list that is written down. */
function lookAtItems({ expressions = [] }: Ast, atRoot: boolean, names: Names): Found {
  return first(expressions, (item) => {
    if (item.type !== 'binary' || item.value !== '..') return look(item, atRoot, names)
    const [from, to] = [(item.lhs as Ast).value, item.rhs?.value]
    const isShort = typeof from === 'number' && typeof to === 'number' && to - from < longestRange
    return isShort
      ? undefined
      : refused(item, "'..'", `a range of two numbers, at most ${longestRange} apart`)
  })
}

function stagesOf({ stages = [], predicate = [] }: Ast): readonly (Ast | undefined)[] {
  return [...stages, ...predicate].map(({ expr }) => expr)
}

function first<T>(list: readonly T[], find: (one: T) => Found): Found {
  for (const one of list) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}

/** Where something begins: the parser tells where it ends. */
function startOf({ type, position = 0, value }: Ast): number {
  const sign = type === 'variable' ? 1 : 0
  const length =
    value instanceof RegExp ? value.source.length + 2 : typeof value === 'string' ? value.length : 1
  return Math.max(0, position - Math.max(1, length + sign))
}

function refused(ast: Ast, found: string, allowed: string): ExpressionFault {
  return { found, allowed, offset: startOf(ast) }
}
