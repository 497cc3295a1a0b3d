import type { GraphFlow } from '../../lib/rules/graph/graph-flow.ts'

/** A node where it lies in the picture, in pixels from its top left. */
export interface PlacedNode {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly height: number
}

export interface GraphPicture {
  readonly width: number
  readonly height: number
  readonly nodes: readonly PlacedNode[]
  /** What flows from one to the next, as paths of SVG. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly path: string }[]
}

export const nodeWidth = 208
/** No node has such a name: they begin with a letter. */
export const inputName = '→'
export const outputName = '←'
const columnGap = 64
const rowGap = 18
/** The room of a line that passes a column. */
const passHeight = 10

interface Place {
  readonly name: string
  readonly height: number
  readonly isPass: boolean
}

/**
 * Lay a graph out from left to right: each node one column behind the last that it needs, and in its column beside what
 * it needs. Lines over several columns have room of their own in each, so that none runs behind a node.
 * @param heightOf how high a node is drawn
 */
export function graphPicture(flow: GraphFlow, heightOf: (name: string) => number): GraphPicture {
  const needs = new Map<string, readonly string[]>([[inputName, []]])
  for (const { name, needs: own } of flow.nodes) needs.set(name, own.length === 0 ? [inputName] : own)
  needs.set(outputName, flow.output.length === 0 ? [inputName] : flow.output)
  const columnOf = columns(needs)
  const { layers, routes } = layered(needs, columnOf, heightOf)
  const tops = placed(layers)
  const height = Math.max(...layers.map(heightOfLayer))
  const x = (column: number) => column * (nodeWidth + columnGap)
  const at = (name: string) => {
    const column = columnOf.get(name) ?? 0
    const place = layers[column]?.find((one) => one.name === name)
    return { name, x: x(column), y: tops.get(name) ?? 0, height: place?.height ?? 0 }
  }
  return {
    ...{ width: x(layers.length - 1) + nodeWidth, height },
    nodes: [...needs.keys()].map(at),
    edges: routes.map(({ from, to, through }) => ({
      ...{ from, to },
      path: line([from, ...through, to], { columnOf, tops, layers, x }),
    })),
  }
}

function columns(needs: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const known = new Map<string, number>()
  // They come in an order in which each stands behind what it needs.
  for (const [name, own] of needs) known.set(name, Math.max(-1, ...own.map((one) => known.get(one) ?? 0)) + 1)
  known.set(outputName, Math.max(...known.values()))
  return known
}

function layered(
  needs: ReadonlyMap<string, readonly string[]>,
  columnOf: Map<string, number>,
  heightOf: (name: string) => number,
) {
  const layers: Place[][] = Array.from({ length: Math.max(...columnOf.values()) + 1 }, () => [])
  const routes: { from: string; to: string; through: string[] }[] = []
  const before = new Map<string, string[]>()
  for (const [name, own] of needs) {
    const column = columnOf.get(name) ?? 0
    layers[column]?.push({ name, height: heightOf(name), isPass: false })
    before.set(name, [])
    for (const from of own) {
      const through: string[] = []
      for (let pass = (columnOf.get(from) ?? 0) + 1; pass < column; pass += 1) {
        const passing = `${from} ${name} ${pass}`
        layers[pass]?.push({ name: passing, height: passHeight, isPass: true })
        columnOf.set(passing, pass)
        before.set(passing, [through.at(-1) ?? from])
        through.push(passing)
      }
      before.get(name)?.push(through.at(-1) ?? from)
      routes.push({ from, to: name, through })
    }
  }
  // Beside what leads to it: the mean place of that, column by column.
  for (const [column, layer] of layers.entries()) {
    const above = layers[column - 1] ?? []
    const wish = ({ name }: Place) => {
      const from = (before.get(name) ?? []).map((one) => above.findIndex((place) => place.name === one))
      return from.length === 0 ? 0 : from.reduce((sum, one) => sum + one, 0) / from.length
    }
    layers[column] = layer.toSorted((a, b) => wish(a) - wish(b))
  }
  return { layers, routes }
}

function heightOfLayer(layer: readonly Place[]): number {
  return layer.reduce((sum, { height }) => sum + height + rowGap, -rowGap)
}

/** Every column is in the middle of the whole height. */
function placed(layers: readonly (readonly Place[])[]): Map<string, number> {
  const most = Math.max(...layers.map(heightOfLayer))
  const tops = new Map<string, number>()
  for (const layer of layers) {
    let y = (most - heightOfLayer(layer)) / 2
    for (const { name, height } of layer) {
      tops.set(name, y)
      y += height + rowGap
    }
  }
  return tops
}

interface Laid {
  readonly columnOf: ReadonlyMap<string, number>
  readonly tops: ReadonlyMap<string, number>
  readonly layers: readonly (readonly Place[])[]
  readonly x: (column: number) => number
}

/** From the right side of the first to the left side of the last, level where it passes a column. */
function line(names: readonly string[], { columnOf, tops, layers, x }: Laid): string {
  const stops = names.map((name) => {
    const column = columnOf.get(name) ?? 0
    const { height = 0 } = layers[column]?.find((one) => one.name === name) ?? {}
    return {
      left: x(column),
      right: x(column) + nodeWidth,
      y: Math.round((tops.get(name) ?? 0) + height / 2),
    }
  })
  return stops
    .map((stop, i) => {
      const last = stops[i - 1]
      if (last === undefined) return `M${stop.right} ${stop.y}`
      const bend = (last.right + stop.left) / 2
      const level = i === stops.length - 1 ? '' : `H${stop.right}`
      return `C${bend} ${last.y} ${bend} ${stop.y} ${stop.left} ${stop.y}${level}`
    })
    .join('')
}
