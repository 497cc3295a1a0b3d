import { didYouMean } from '../did-you-mean.ts'
import { pointerTo } from '../json-pointer.ts'
import { oneOf, shown } from '../problem.ts'
import { elementTypes, type Field } from '../signature.ts'
import { allSteps, type GraphDefinition, type Step, stepsInside } from './graph-definition.ts'
import { type GraphFault, type Path, unknownKeys } from './graph-fault.ts'
import { expressionAt, isObject, type Reading } from './reading.ts'
import { readStep } from './step-reader.ts'

/** Names that expressions know besides those of nodes. */
export const ownNames = ['input', 'item', 'index', 'answer', 'answers'] as const

const nodeName = /^[a-z][a-z0-9_]{0,39}$/
const graphKeys = ['inputs', 'nodes', 'output', 'outputs']
/** So many steps a graph has at most, and so deep they nest. */
const mostSteps = 100
const deepestSteps = 6

/** Read a graph out of what its YAML holds. @param faults what is wrong is added here @returns undefined where nothing can be made of it */
export function readGraph(value: unknown, faults: GraphFault[]): GraphDefinition | undefined {
  const reading: Reading = { faults }
  if (!isObject(value)) {
    faults.push({ pointer: '', found: shown(value), allowed: `an object of ${graphKeys.join(', ')}` })
    return undefined
  }
  faults.push(...unknownKeys(Object.keys(value), graphKeys, []))
  const inputs = readFields(value['inputs'], ['inputs'], reading)
  const outputs = readFields(value['outputs'], ['outputs'], reading)
  const nodes = readNodes(value['nodes'], reading)
  const output = expressionAt(value, 'output', [], reading, 'an expression of what the graph answers')
  return { inputs, outputs, nodes, output: output ?? '' }
}

function readNodes(value: unknown, reading: Reading): GraphDefinition['nodes'] {
  const { faults } = reading
  if (!isObject(value) || Object.keys(value).length === 0) {
    const found = value === undefined || value === null ? 'nothing' : shown(value)
    faults.push({ pointer: '/nodes', found, allowed: 'at least one node, by its name', at: 'value' })
    return []
  }
  const nodes = Object.entries(value).map(([name, written]) => {
    const pointer = pointerTo(['nodes', name])
    if (!nodeName.test(name))
      faults.push({
        pointer,
        found: `the name '${name.slice(0, 80)}'`,
        allowed: 'a-z, 0-9 and _, a letter first, at most 40: expressions use it as it is',
      })
    else if ((ownNames as readonly string[]).includes(name))
      faults.push({
        pointer,
        found: `the name '${name}', which expressions use for something else`,
        allowed: `any other than ${oneOf(ownNames)}`,
      })
    const step = readStep(written, ['nodes', name], name, reading)
    // What could not be read keeps its name, so that nobody is told that there is no such node.
    return { name, step: step ?? ({ kind: 'value', at: name, pointer, value: 'null' } as const) }
  })
  const steps = nodes.flatMap(({ step }) => allSteps(step))
  if (steps.length > mostSteps)
    faults.push({
      pointer: '/nodes',
      found: `${steps.length} steps`,
      allowed: `at most ${mostSteps}: make a graph of some of them, and a node of that`,
    })
  for (const { step } of nodes)
    if (depthOf(step) > deepestSteps)
      faults.push({
        pointer: step.pointer,
        found: `${depthOf(step)} steps inside each other`,
        allowed: `at most ${deepestSteps}`,
      })
  return nodes
}

function depthOf(step: Step): number {
  return 1 + Math.max(0, ...stepsInside(step).map(depthOf))
}

const fieldKeys = ['name', 'type', 'shape', 'values']

function readFields(value: unknown, path: Path, { faults }: Reading): readonly Field[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    faults.push({ pointer: pointerTo(path), found: shown(value), allowed: 'a list of fields', at: 'value' })
    return []
  }
  const seen = new Set<string>()
  return value.flatMap((written, i): Field[] => {
    const at = [...path, i]
    const fault = (key: string, found: string, allowed: string) => {
      faults.push({ pointer: pointerTo([...at, key]), found, allowed, at: 'value' })
    }
    if (!isObject(written)) {
      faults.push({ pointer: pointerTo(at), found: shown(written), allowed: 'a field: {name, type}' })
      return []
    }
    const before = faults.length
    faults.push(...unknownKeys(Object.keys(written), fieldKeys, at))
    const { name, type, shape = [], values } = written as Record<string, unknown>
    if (typeof name !== 'string' || name === '' || name.length > 128)
      fault('name', name === undefined ? 'nothing' : shown(name), 'a name')
    else if (seen.has(name)) fault('name', `'${name}' for the second time`, 'each name once')
    else seen.add(name)
    if (!(elementTypes as readonly unknown[]).includes(type))
      fault(
        'type',
        type === undefined
          ? 'nothing'
          : `${shown(type)}${typeof type === 'string' ? didYouMean(type, elementTypes) : ''}`,
        oneOf(elementTypes),
      )
    if (!Array.isArray(shape) || shape.length > 8 || !shape.every(isSize))
      fault('shape', shown(shape), 'a list of sizes: whole numbers from 1, or null for a free one')
    if (values !== undefined && (!Array.isArray(values) || values.length === 0 || !values.every(isText)))
      fault('values', shown(values), 'a list of texts')
    if (faults.length > before) return []
    return [
      {
        name: name as string,
        type: type as Field['type'],
        shape: shape as Field['shape'],
        ...(values !== undefined && { values: values as string[] }),
      },
    ]
  })
}

function isSize(size: unknown): boolean {
  return size === null || (typeof size === 'number' && Number.isInteger(size) && size >= 1)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
