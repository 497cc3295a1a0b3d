import { neededNodes, needsOf } from './expression-scope.ts'
import { type GraphRecord, type Step, stepsInside } from './graph-definition.ts'
import { partWords, stepWords } from './step-words.ts'

/** What of a step's calls is drawn beside it. */
export interface DrawnStanding {
  readonly calls: number
  readonly failed: number
  readonly lastMs: number
}

/**
 * A graph as lines of text: its nodes in the order in which they can run, what each needs, which version it asks, and how
 * its last calls went.
 */
export function drawGraph(
  { definition, pins }: Pick<GraphRecord, 'definition' | 'pins'>,
  standings: Readonly<Record<string, DrawnStanding>> = {},
): string[] {
  const steps = new Map(definition.nodes.map(({ name, step }) => [name, step]))
  const names = new Set(steps.keys())
  const rows: Row[] = []
  for (const name of neededNodes(definition)) {
    const step = steps.get(name)
    if (step === undefined) continue
    const needs = needsOf(step, names)
    const from = `${needs.length === 0 ? 'input' : needs.join(', ')} ─▶ `
    rows.push({ tree: `${from}${name}`, ...told(step, pins, standings) })
    rows.push(...inside(step, ' '.repeat(from.length), pins, standings))
  }
  const [a, b] = [widest(rows, 'tree'), widest(rows, 'what')]
  return [
    ...rows.map(({ tree, what, how }) => `${tree.padEnd(a)}  ${what.padEnd(b)}  ${how}`.trimEnd()),
    `output  ${definition.output.replaceAll(/\s+/g, ' ').trim()}`,
  ]
}

interface Row {
  readonly tree: string
  readonly what: string
  readonly how: string
}

type Pins = GraphRecord['pins']
type Standings = Readonly<Record<string, DrawnStanding>>

function inside(step: Step, indent: string, pins: Pins, standings: Standings): Row[] {
  const parts = stepsInside(step)
  return parts.flatMap((part, i) => {
    const isLast = i === parts.length - 1
    const row = {
      tree: `${indent}${isLast ? '└─ ' : '├─ '}${partWords(step, i)}`,
      ...told(part, pins, standings),
    }
    return [row, ...inside(part, `${indent}${isLast ? '   ' : '│  '}`, pins, standings)]
  })
}

function told(step: Step, pins: Pins, standings: Standings): Pick<Row, 'what' | 'how'> {
  return { what: stepWords(step, pins), how: how(standings[step.at]) }
}

function how(standing: DrawnStanding | undefined): string {
  if (standing === undefined) return ''
  const { calls, failed, lastMs } = standing
  return `last ${lastMs.toFixed(1)} ms, ${calls} calls${failed > 0 ? `, ${failed} failed` : ''}`
}

function widest(rows: readonly Row[], key: 'tree' | 'what'): number {
  return Math.max(0, ...rows.map((row) => row[key].length))
}
