import { didYouMean } from '../did-you-mean.ts'
import { pointerTo } from '../json-pointer.ts'
import { isFault, parseExpression } from './expression.ts'
import { type Expression, type GraphDefinition, type Step, stepsInside } from './graph-definition.ts'
import type { GraphFault } from './graph-fault.ts'

/** An expression of a graph: where it stands, and the names that it knows besides the nodes and `input`. */
interface Scoped {
  readonly text: Expression
  readonly pointer: string
  readonly locals: readonly string[]
}

/** Every expression of a step and of all inside it. @param locals names that are known here and nowhere else */
export function expressionsOf(step: Step, locals: readonly string[] = []): Scoped[] {
  const { pointer } = step
  const at = (text: Expression, path: string, more: readonly string[] = []): Scoped => ({
    text,
    pointer: `${pointer}${path}`,
    locals: [...locals, ...more],
  })
  const inside = (more: readonly string[] = []) =>
    stepsInside(step).flatMap((one) => expressionsOf(one, [...locals, ...more]))
  switch (step.kind) {
    case 'model':
      return step.input === undefined ? [] : [at(step.input, '/input')]
    case 'value':
      return [at(step.value, '/value')]
    case 'ensemble':
      return [
        ...inside(),
        ...(typeof step.combine === 'string' ? [] : [at(step.combine.expression, '/combine', ['answers'])]),
      ]
    case 'switch':
      return [...step.cases.map(({ when }, i) => at(when, `/switch/${i}/when`)), ...inside()]
    case 'cascade':
      return [
        ...step.stages.flatMap(({ accept }, i) =>
          accept === undefined ? [] : [at(accept, `/cascade/${i}/accept`, ['answer'])],
        ),
        ...inside(),
      ]
    case 'map':
      return [at(step.over, '/map'), ...inside(['item', 'index'])]
    case 'fallback':
      return inside()
  }
}

/** The nodes that a step needs before it can run. */
export function needsOf(step: Step, nodes: ReadonlySet<string>): readonly string[] {
  const names = expressionsOf(step).flatMap(({ text }) => namesIn(text))
  return [...new Set(names)].filter((name) => nodes.has(name))
}

/** The names that an expression takes from outside; none of one that is none. */
export function namesIn(text: Expression): readonly string[] {
  const parsed = parseExpression(text)
  return isFault(parsed) ? [] : parsed.names.map(({ name }) => name)
}

/**
 * What is wrong with the expressions of a graph: each by itself, the names it uses, and what they make of its nodes.
 * @param isWhole whether it could be read in whole: only then can be told what is needed by what
 */
export function expressionFaults(definition: GraphDefinition, isWhole: boolean): GraphFault[] {
  const { nodes, output } = definition
  const known = ['input', ...nodes.map(({ name }) => name)]
  const scoped = [
    ...nodes.flatMap(({ step }) => expressionsOf(step)),
    ...(output === '' ? [] : [{ text: output, pointer: '/output', locals: [] }]),
  ]
  const faults = scoped.flatMap((one) => faultsIn(one, known))
  if (faults.length > 0 || !isWhole) return faults
  return [...circles(definition), ...unreached(definition)]
}

function faultsIn({ text, pointer, locals }: Scoped, known: readonly string[]): GraphFault[] {
  const parsed = parseExpression(text)
  if (isFault(parsed)) return [{ pointer, ...parsed }]
  const all = [...known, ...locals]
  return parsed.names
    .filter(({ name }) => !all.includes(name))
    .slice(0, 5)
    .map(({ name, offset }) => ({
      pointer,
      offset,
      found: `'${name.slice(0, 80)}', which is no node${didYouMean(name.slice(0, 80), [...all, ...combineWords(pointer)])}`,
      allowed: all.slice(0, 20).join(', '),
    }))
}

function combineWords(pointer: string): readonly string[] {
  return pointer.endsWith('/combine') ? ['mean', 'weighted', 'majority'] : []
}

/** Nodes that wait for each other, one circle of each. */
function circles({ nodes }: GraphDefinition): GraphFault[] {
  const names = new Set(nodes.map(({ name }) => name))
  const needs = new Map(nodes.map(({ name, step }) => [name, needsOf(step, names)]))
  const done = new Set<string>()
  const faults: GraphFault[] = []
  const visit = (name: string, way: readonly string[]): void => {
    if (done.has(name)) return
    const at = way.indexOf(name)
    if (at >= 0) {
      const circle = [...way.slice(at), name]
      faults.push({
        pointer: pointerTo(['nodes', name]),
        found: circle.length === 2 ? `in need of itself` : `in a circle: ${circle.join(' needs ')}`,
        allowed: 'a node that needs none that needs it',
      })
      for (const one of circle) done.add(one)
      return
    }
    for (const need of needs.get(name) ?? []) visit(need, [...way, name])
    done.add(name)
  }
  for (const { name } of nodes) visit(name, [])
  return faults
}

/** Nodes that the output needs, by any way: in an order in which each comes after what it needs. */
export function neededNodes({ nodes, output }: GraphDefinition): readonly string[] {
  const steps = new Map(nodes.map(({ name, step }) => [name, step]))
  const names = new Set(steps.keys())
  const order: string[] = []
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const step = steps.get(name)
    if (step === undefined || seen.has(name)) return
    seen.add(name)
    for (const need of needsOf(step, names)) visit(need)
    order.push(name)
  }
  for (const name of namesIn(output)) visit(name)
  return order
}

function unreached(definition: GraphDefinition): GraphFault[] {
  if (definition.output === '') return []
  const needed = new Set(neededNodes(definition))
  return definition.nodes
    .filter(({ name }) => !needed.has(name))
    .map(({ name, step }) => ({
      pointer: step.pointer,
      found: `'${name}', which the output needs by no way`,
      allowed: 'a node that something uses; leave it out',
    }))
}
