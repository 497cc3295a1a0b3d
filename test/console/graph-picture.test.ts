import { describe, expect, test } from '@jest/globals'
import { callTrace } from '../../console/view/call-trace.ts'
import { graphPicture, inputName, nodeWidth, outputName } from '../../console/view/graph-picture.ts'
import { graphFlow } from '../../lib/rules/graph/graph-flow.ts'
import { parseGraph } from '../../lib/rules/graph/graph-text.ts'

const { definition } = parseGraph(`nodes:
  score: {model: churn, version: 1.0.0, input: '{"tenure": clean, "plan": input.plan}'}
  clean: {model: cleaner, version: 1.0.0}
  price: {model: prices, version: 1.0.0}
  both: {value: 'score + price'}
output: '{"all": both, "raw": clean}'
`)

test('what flows where is told in an order in which it can', () => {
  expect(graphFlow(definition)).toEqual({
    nodes: [
      { name: 'clean', needs: [] },
      { name: 'score', needs: ['clean'] },
      { name: 'price', needs: [] },
      { name: 'both', needs: ['score', 'price'] },
    ],
    output: ['both', 'clean'],
  })
})

describe('the picture of a graph', () => {
  const picture = graphPicture(graphFlow(definition), (name) => (name === 'both' ? 90 : 60))
  const at = (name: string) => {
    const found = picture.nodes.find((one) => one.name === name)
    if (found === undefined) throw new Error(`${name} is not drawn`)
    return found
  }

  test('stands every node behind what it needs, between request and answer', () => {
    const columns = [inputName, 'clean', 'score', 'both', outputName].map((name) => at(name).x)
    expect(columns).toEqual(columns.toSorted((a, b) => a - b))
    expect(new Set(columns).size).toBe(5)
    expect(at('price').x).toBe(at('clean').x)
    expect(picture.width).toBe(at(outputName).x + nodeWidth)
  })

  test('lays no node over another, and none outside', () => {
    for (const one of picture.nodes) {
      expect(one.y).toBeGreaterThanOrEqual(0)
      expect(one.y + one.height).toBeLessThanOrEqual(picture.height)
      for (const other of picture.nodes.filter(({ name, x }) => x === one.x && name !== one.name))
        expect(one.y + one.height <= other.y || other.y + other.height <= one.y).toBe(true)
    }
  })

  test('draws a line for each need, through no node on its way', () => {
    expect(picture.edges.map(({ from, to }) => `${from} ${to}`).toSorted()).toEqual(
      [
        ...[`${inputName} clean`, `${inputName} price`, 'clean score', 'score both', 'price both'],
        ...[`both ${outputName}`, `clean ${outputName}`],
      ].toSorted(),
    )
    const long = picture.edges.find(({ from, to }) => from === 'clean' && to === outputName)
    // Level through two columns, at a height that no node there has.
    const levels = [...(long?.path ?? '').matchAll(/ ([\d.]+)H([\d.]+)/g)].map(([, y, x]) => ({
      y: Number(y),
      x: Number(x) - nodeWidth,
    }))
    expect(levels.map(({ x }) => x)).toEqual([at('score').x, at('both').x])
    for (const { x, y } of levels)
      for (const node of picture.nodes.filter((one) => one.x === x))
        expect(y < node.y || y > node.y + node.height).toBe(true)
  })
})

describe('the trace of a call', () => {
  test('is read out of Server-Timing, whatever stands in its descriptions', () => {
    expect(
      callTrace(
        'router;dur=1.00, model;dur=9.50, node-a;dur=2.00;desc="plus 1.0.0";start=0.50, node-b.0;dur=7.00;desc="x, y;z";start=2.50',
      ),
    ).toEqual([
      { name: 'Sluice', startMs: 0, tookMs: 1 },
      { name: 'model', startMs: 1, tookMs: 9.5 },
      { name: 'a', what: 'plus 1.0.0', startMs: 1.5, tookMs: 2 },
      { name: 'b.0', what: 'x, y;z', startMs: 3.5, tookMs: 7 },
    ])
  })

  test('is nothing where the header is absent, or another’s', () => {
    expect(callTrace(null)).toEqual([])
    expect(callTrace('cdn-cache; desc=HIT, edge; dur=1')).toEqual([])
  })
})
