import { type GraphRecord, type Step, selectorText } from './graph-definition.ts'

/** What a step is, in a word or two: of one that asks a model, which version it asks, and how that was written. */
export function stepWords(step: Step, pins: GraphRecord['pins']): string {
  switch (step.kind) {
    case 'model': {
      const { version = '?' } = pins[step.at] ?? {}
      const written = selectorText(step.selector)
      return `${step.model} ${version}${written === version ? '' : ` (${written})`}`
    }
    case 'value':
      return shortened(step.value)
    case 'ensemble':
      return typeof step.combine === 'string' ? step.combine : shortened(step.combine.expression)
    case 'map':
      return `map, ${step.concurrency} at once`
    default:
      return step.kind
  }
}

/** What the part of a step is for. @param i which part, as `stepsInside` has them */
export function partWords(step: Step, i: number): string {
  switch (step.kind) {
    case 'switch': {
      const one = step.cases[i]
      return one === undefined ? 'otherwise' : `when ${shortened(one.when)}`
    }
    case 'cascade': {
      const accept = step.stages[i]?.accept
      return accept === undefined ? 'else' : `if ${shortened(accept)}`
    }
    case 'ensemble':
      return step.weights === undefined ? `member ${i + 1}` : `member ${i + 1} × ${step.weights[i]}`
    case 'map':
      return `each of ${shortened(step.over)}`
    default:
      return i === 0 ? 'first' : 'then'
  }
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 40 ? `${line.slice(0, 39)}…` : line
}
