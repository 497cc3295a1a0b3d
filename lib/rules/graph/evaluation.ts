import jsonata from 'jsonata'
import { isFault, parseExpression } from './expression.ts'
import { type Ast, pairsOf, plainPath } from './expression-ast.ts'
import type { Expression } from './graph-definition.ts'

/** What expressions look at: the input, answers, and what is known only where they stand, by name. */
export type Context = Readonly<Record<string, unknown>>

/** Gives the value of an expression, at once where it is a plain one. @throws Error in words for people */
export type Evaluate = (context: Context) => unknown

/**
 * The guards of one evaluation, in the words of the library: how long by the clock, in milliseconds, how deep, and how
 * long a list it may make. What an expression may call at all is decided before (`expression.ts`).
 */
const guards = { timeout: 1000, stack: 200, sequence: 1_000_000 } as const
/** No value of an expression is larger, in characters or members: a gateway takes no more. */
const largestValue = 10 * 1024 * 1024

/** Make an expression ready to be evaluated. @throws Error where it is none that is allowed */
export function compileExpression(text: Expression): Evaluate {
  const parsed = parseExpression(text)
  if (isFault(parsed)) throw new Error(`${parsed.found}; allowed is ${parsed.allowed}`)
  const plain = plainly(parsed.ast)
  let expression: jsonata.Expression | undefined
  const slowly = async (context: Context): Promise<unknown> => {
    expression ??= jsonata(text, guards)
    const value = await expression.evaluate(context).catch((error: { readonly message?: string }) => {
      throw new Error(error.message ?? 'it failed')
    })
    refuseOddValue(value)
    return value
  }
  if (plain === undefined) return slowly
  return (context) => {
    const value = plain(context)
    return value === slow ? slowly(context) : value
  }
}

/** What is not plain after all: a list on the way, or a number that is none. */
const slow = Symbol('slow')
type Plain = (context: Context) => unknown

/**
 * What most expressions are, paths, literals and objects of them, as a function: the library takes 10 to 20 µs for each,
 * and a hundred times less is needed. Undefined where it is anything else.
 */
function plainly(ast: Ast): Plain | undefined {
  const path = plainPath(ast)
  if (path !== undefined) return (context) => follow(context, path)
  if (ast.type === 'string' || ast.type === 'number' || ast.type === 'value') return () => ast.value
  const pairs = pairsOf(ast)
  return pairs === undefined ? undefined : plainObject(pairs)
}

function plainObject(pairs: readonly (readonly [Ast, Ast])[]): Plain | undefined {
  const members: [string, Plain][] = []
  for (const [key, value] of pairs) {
    const plain = key.type === 'string' && key.value !== '__proto__' ? plainly(value) : undefined
    if (plain === undefined || members.some(([name]) => name === key.value)) return undefined
    members.push([String(key.value), plain])
  }
  return (context) => {
    const made: Record<string, unknown> = {}
    for (const [name, plain] of members) {
      const value = plain(context)
      if (value === slow) return slow
      if (value !== undefined) made[name] = value
    }
    return made
  }
}

function follow(context: Context, path: readonly string[]): unknown {
  let value: unknown = context
  for (const name of path) {
    if (Array.isArray(value)) return slow
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.hasOwn(value, name) ? (value as Context)[name] : undefined
  }
  return typeof value === 'function' ? slow : value
}

/** @throws Error where a value is no JSON, or too large: a text that doubles ten times a thousand is never written down */
function refuseOddValue(value: unknown): void {
  let left = largestValue
  const stack: unknown[] = [value]
  while (stack.length > 0) {
    const one = stack.pop()
    if (typeof one === 'function') throw new Error('it gives a function')
    if (typeof one === 'number' && !Number.isFinite(one)) throw new Error('it gives no finite number')
    left -= typeof one === 'string' ? one.length + 1 : 1
    if (left < 0) throw new Error('it gives a value of more than 10 MB')
    if (typeof one !== 'object' || one === null) continue
    if ('_jsonata_function' in one || '_jsonata_lambda' in one) throw new Error('it gives a function')
    // One by one: a list of millions is no list of arguments.
    if (Array.isArray(one)) for (const item of one) stack.push(item)
    else for (const item of Object.values(one)) stack.push(item)
  }
}
