import { type GraphRecord, type Step, stepsInside } from '../../lib/rules/graph/graph-definition.ts'
import type { GraphFlow } from '../../lib/rules/graph/graph-flow.ts'
import { partWords, stepWords } from '../../lib/rules/graph/step-words.ts'
import { counted, milliseconds } from '../view/figures.ts'
import { graphPicture, inputName, nodeWidth, outputName, type PlacedNode } from '../view/graph-picture.ts'
import { to } from '../view/places.ts'

/** How a node has done, as the API tells it. */
export interface NodeStanding {
  readonly calls: number
  readonly failed: number
  readonly lastMs: number
  readonly meanMs: number
}

export interface GraphDrawingProps {
  readonly graph: GraphRecord
  readonly flow: GraphFlow
  readonly nodes: Readonly<Record<string, NodeStanding>>
}

const headHeight = 66
const partHeight = 44
const endHeight = 34
const margin = 2

/** A graph as it flows, from left to right: its nodes, the version that each asks, and how they do. */
export function GraphDrawing({ graph, flow, nodes }: GraphDrawingProps) {
  const steps = new Map(graph.definition.nodes.map(({ name, step }) => [name, step]))
  const picture = graphPicture(flow, (name) => {
    const step = steps.get(name)
    return step === undefined ? endHeight : headHeight + partsOf(step).length * partHeight
  })
  const size = { width: picture.width + 2 * margin, height: picture.height + 2 * margin }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <section class="graph" tabIndex={0} aria-label="The nodes of the graph, in their order">
      <div class="sheet" style={{ width: `${size.width}px`, height: `${size.height}px` }}>
        <svg {...size} viewBox={`${-margin} ${-margin} ${size.width} ${size.height}`} aria-hidden="true">
          {picture.edges.map(({ from, to: end, path }) => (
            <path key={`${from} ${end}`} d={path} />
          ))}
        </svg>
        {picture.nodes.map((place) => (
          <Node key={place.name} place={place} step={steps.get(place.name)} graph={graph} standings={nodes} />
        ))}
      </div>
    </section>
  )
}

/** What stands inside a step, all the way down. */
function partsOf(step: Step): { readonly label: string; readonly part: Step }[] {
  return stepsInside(step).flatMap((part, i) => [{ label: partWords(step, i), part }, ...partsOf(part)])
}

interface NodeProps {
  readonly place: PlacedNode
  readonly step: Step | undefined
  readonly graph: GraphRecord
  readonly standings: Readonly<Record<string, NodeStanding>>
}

function Node({ place: { name, x, y, height }, step, graph, standings }: NodeProps) {
  const style = {
    ...{ left: `${x + margin}px`, top: `${y + margin}px`, width: `${nodeWidth}px`, height: `${height}px` },
  }
  if (step === undefined)
    return (
      <div class={`end ${name === inputName ? 'from' : 'to'}`} style={style}>
        {name === outputName ? 'answer' : 'request'}
      </div>
    )
  return (
    <div class="node" style={style}>
      <div class="step">
        <p class="name">
          <bdi>{name}</bdi>
        </p>
        <Asked step={step} graph={graph} />
        <Took standing={standings[step.at]} />
      </div>
      {partsOf(step).map(({ label, part }) => (
        <div key={part.at} class="part">
          <p class="label" title={label}>
            <bdi>{label}</bdi>
          </p>
          <p class="asked-of">
            <Asked step={part} graph={graph} /> <Took standing={standings[part.at]} />
          </p>
        </div>
      ))}
    </div>
  )
}

/** What a step asks, and the way there. */
function Asked({ step, graph }: { readonly step: Step; readonly graph: GraphRecord }) {
  const words = stepWords(step, graph.pins)
  if (step.kind !== 'model')
    return (
      <code class="asks" title={words}>
        <bdi>{words}</bdi>
      </code>
    )
  return (
    <a class="asks" href={to.model(step.model)} title={words}>
      {words}
    </a>
  )
}

function Took({ standing }: { readonly standing: NodeStanding | undefined }) {
  if (standing === undefined) return null
  const { calls, failed, lastMs, meanMs } = standing
  return (
    <span class="took" title={`${counted(calls, 'call')}, ${milliseconds(meanMs)} on average`}>
      {milliseconds(lastMs)}
      {failed > 0 && <span class="bad"> {counted(failed, 'failed', 'failed')}</span>}
    </span>
  )
}
