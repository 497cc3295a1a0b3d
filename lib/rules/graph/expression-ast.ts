/** A parsed JSONata expression, as far as it is looked into. */
export interface Ast {
  readonly type: string
  readonly value?: unknown
  readonly position?: number
  readonly steps?: readonly Ast[]
  readonly stages?: readonly Ast[]
  readonly predicate?: readonly Ast[]
  readonly expressions?: readonly Ast[]
  readonly expression?: Ast
  readonly expr?: Ast
  readonly arguments?: readonly Ast[]
  readonly procedure?: Ast
  readonly body?: Ast
  readonly terms?: readonly { readonly expression: Ast }[]
  readonly group?: { readonly lhs: readonly (readonly [Ast, Ast])[] }
  readonly condition?: Ast
  readonly then?: Ast
  readonly else?: Ast
  readonly lhs?: Ast | readonly (readonly [Ast, Ast])[]
  readonly rhs?: Ast
  readonly focus?: string
  readonly index?: string
}

/** The pairs of an object that is written down: `{"a": b}`. */
export function pairsOf(ast: Ast): readonly (readonly [Ast, Ast])[] | undefined {
  return ast.type === 'unary' && ast.value === '{' && Array.isArray(ast.lhs)
    ? (ast.lhs as readonly (readonly [Ast, Ast])[])
    : undefined
}

/** The names of a plain path, `a.b.c`; undefined of anything else. `$$.a` is `a`. */
export function plainPath(ast: Ast): readonly string[] | undefined {
  if (ast.type !== 'path' || ast.group !== undefined) return undefined
  const [first, ...rest] = ast.steps ?? []
  const steps = first?.type === 'variable' && first.value === '$' ? rest : (ast.steps ?? [])
  const isPlain = steps.every(
    (step) =>
      step.type === 'name' &&
      step.stages === undefined &&
      step.focus === undefined &&
      step.index === undefined,
  )
  return isPlain && steps.length > 0 ? steps.map(({ value }) => String(value)) : undefined
}
