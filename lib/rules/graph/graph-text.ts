import { type Finding, Problem } from '../problem.ts'
import { findingSentence } from '../schema-findings.ts'
import { plainYaml, readYaml, type YamlText } from '../yaml-text.ts'
import { expressionFaults } from './expression-scope.ts'
import { type GraphDefinition, graphFile } from './graph-definition.ts'
import type { GraphFault } from './graph-fault.ts'
import { readGraph } from './graph-reader.ts'

/** The longest graph.yaml, in characters: a graph with the most nodes has a quarter of it. */
const longestGraph = 65_536
/** The most faults that one refusal lists. */
const mostFindings = 100

/** A graph that can be read, and what tells where its parts stand. */
export interface ReadGraph {
  readonly definition: GraphDefinition
  /** A refusal with the places in the file. */
  refusal(faults: readonly GraphFault[]): Problem
}

/**
 * Read a graph.yaml: its form, its names, its expressions, and that they make no circle. What its nodes take and answer
 * is looked at elsewhere.
 * @throws Problem `graph-invalid`, every fault with its line and column
 */
export function parseGraph(text: string): ReadGraph {
  if (text.length > longestGraph)
    throw invalid([
      { pointer: '', found: `${text.length} characters`, allowed: `at most ${longestGraph} of them` },
    ])
  const yaml = readYaml(text)
  if (yaml.faults.length > 0)
    throw invalid(yaml.faults.map((fault) => ({ pointer: '', allowed: 'YAML', ...fault })))
  const plain = plainYaml(yaml.document)
  if (plain === undefined)
    throw invalid([{ pointer: '', found: 'aliases that unfold without end', allowed: 'at most 100 of them' }])
  const refusal = (faults: readonly GraphFault[]) => invalid(placed(yaml, faults))
  const faults: GraphFault[] = []
  const definition = readGraph(plain.value, faults)
  if (definition !== undefined) faults.push(...expressionFaults(definition, faults.length === 0))
  if (faults.length > 0 || definition === undefined) throw refusal(faults)
  return { definition, refusal }
}

function placed(yaml: YamlText, faults: readonly GraphFault[]): Finding[] {
  return faults
    .map(({ offset, at, ...fault }) => ({
      ...fault,
      ...(offset !== undefined
        ? yaml.placeInside(fault.pointer, offset)
        : at === 'value'
          ? yaml.valuePlace(fault.pointer)
          : yaml.place(fault.pointer)),
    }))
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

function invalid(findings: readonly Finding[]): Problem {
  const [first] = findings
  const place =
    first?.line === undefined ? '' : `line ${first.line}${first.column ? `, column ${first.column}` : ''}: `
  const more = findings.length <= 1 ? '' : `; ${findings.length} faults in all`
  return new Problem(
    'graph-invalid',
    `${graphFile} ${place}${first === undefined ? '' : told(first)}${more}`,
    findings.slice(0, mostFindings),
  )
}

function told(finding: Finding): string {
  if (finding.allowed === 'YAML') return `it is no YAML that can be taken: ${finding.found}`
  return findingSentence(finding, graphFile)
}
