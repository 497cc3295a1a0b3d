import { describe, expect, test } from '@jest/globals'
import { type ComparedRow, Comparison } from '../../../lib/rules/comparison/comparison.ts'
import type { Field } from '../../../lib/rules/signature.ts'

const probability: Field = { name: 'probability', type: 'float64', shape: [] }
const label: Field = { name: 'label', type: 'string', shape: [] }

function comparison(
  a: readonly Field[] = [probability],
  b: readonly Field[] = a,
  tolerance = 0.01,
): Comparison {
  return new Comparison({
    model: 'churn',
    a: { version: '1.0.0', outputs: a },
    b: { version: '1.1.0', outputs: b },
    tolerance,
  })
}
const said = (prediction: unknown, latencyMs = 1) => ({ prediction, latencyMs })
const row = (tenure: number, a: ComparedRow['a'], b: ComparedRow['b']): ComparedRow => ({
  ...{ requestId: `r${tenure}`, row: 0, inputs: { tenure }, a, b },
})

describe('a comparison that is gone on with', () => {
  const fed = (into: Comparison, from: number, to: number) => {
    for (let i = from; i < to; i += 1) {
      const answer = (p: number, l: string) => said({ probability: p, label: l }, 1 + (i % 7))
      const b =
        i % 50 === 0 ? { problem: 'model-timeout' } : answer(i % 10 === 0 ? 0.9 : 0.4, i % 3 ? 'stay' : 'go')
      const a = i % 99 === 98 ? { problem: 'model-failed' } : answer(0.4, 'stay')
      into.add(row((i * 37) % 200, a, b))
    }
  }
  const outputs = [probability, label]
  const resumed = (from: Comparison, hidesInputs: boolean) =>
    new Comparison(
      {
        model: 'churn',
        a: { version: '1.0.0', outputs },
        b: { version: '1.1.0', outputs },
        tolerance: 0.01,
      },
      JSON.parse(JSON.stringify(from.state(hidesInputs))),
    )

  test.each([0, 1, 500, 2999])('after %i rows finds what one finds that never ended', (cut) => {
    const [whole, first] = [comparison(outputs), comparison(outputs)]
    fed(whole, 0, 3000)
    fed(first, 0, cut)
    const second = resumed(first, false)
    fed(second, cut, 3000)
    expect(second.report()).toEqual(whole.report())
    expect(whole.report()).toMatchObject({ sampled: true, errors: { a: { 'model-failed': 30 } } })
  })

  test('without inputs differs in what the differences go with, and in nothing else', () => {
    const [whole, first] = [comparison(outputs), comparison(outputs)]
    for (const one of [whole, first]) fed(one, 0, 3000)
    const hidden = resumed(first, true)
    expect(JSON.stringify(first.state(true).agreeing)).not.toContain('tenure')
    const { where: _, concentration: __, ...rest } = whole.report()
    expect(hidden.report()).toMatchObject(rest)
  })
})

describe('a comparison', () => {
  test('of two that differ on a tenth finds the tenth, and the worst of it', () => {
    const compared = comparison()
    for (let i = 0; i < 1000; i += 1)
      compared.add(row(i, said(0.5), said(i < 100 ? 0.5 + i / 1000 + 0.02 : 0.5)))
    const report = compared.report()
    expect(report).toMatchObject({ compared: 1000, agreed: 900, sampled: false, uncompared: [] })
    expect(report.agreement?.percent).toBe(90)
    expect(report.agreement?.lowPercent).toBeCloseTo(87.98, 2)
    expect(report.where).toBe(
      '100 of 100 differences lie where `tenure` is at most 99, which holds for 100 of 1000 rows; elsewhere 0 of 900 differ',
    )
    expect(report.worst.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 10 }, (_, i) => `r${99 - i}`),
    )
    expect(report.worst[0]).toMatchObject({ inputs: { tenure: 99 }, a: 0.5, b: 0.619 })
    expect(report.worst[0]?.off).toBeCloseTo(0.119, 12)
    const [field] = report.fields
    expect(field).toMatchObject({ name: 'probability', differed: 100 })
    expect(field?.off?.mean).toBeCloseTo((99 * 100) / 2 / 1e6 + 0.002, 9)
    expect(field?.off?.largest).toBeCloseTo(0.119, 12)
    expect(field?.off?.p50).toBe(0)
    expect(field?.off?.p99).toBeCloseTo(0.109, 12)
  })

  test('tells changed labels as a small matrix, and holds them for worse than any number', () => {
    const compared = comparison([probability, label])
    const answer = (p: number, l: string) => said({ probability: p, label: l })
    compared.add(row(1, answer(0.4, 'stay'), answer(0.4, 'stay')))
    compared.add(row(2, answer(0.4, 'stay'), answer(0.9, 'stay')))
    compared.add(row(3, answer(0.4, 'stay'), answer(0.41, 'leave')))
    const report = compared.report()
    expect(report.fields[1]?.labels).toEqual([
      { a: 'stay', b: 'stay', rows: 2 },
      { a: 'stay', b: 'leave', rows: 1 },
    ])
    expect(report.worst.map(({ requestId }) => requestId)).toEqual(['r3', 'r2'])
  })

  test('counts what only the second fails on as a difference, and the worst one; what the first fails on as nothing', () => {
    const compared = comparison()
    compared.add(row(1, said(0.5), said(0.9)))
    compared.add(row(2, said(0.5), { problem: 'model-failed' }))
    compared.add(row(3, { problem: 'model-failed' }, said(0.5)))
    compared.add(row(4, { problem: 'model-timeout' }, { problem: 'model-failed' }))
    const report = compared.report()
    expect(report).toMatchObject({
      ...{ compared: 2, agreed: 0 },
      errors: { a: { 'model-failed': 1, 'model-timeout': 1 }, b: { 'model-failed': 2 } },
    })
    expect(report.worst.map(({ requestId, b }) => [requestId, b])).toEqual([
      ['r2', { problem: 'model-failed' }],
      ['r1', 0.9],
    ])
  })

  test('looks at the outputs that both have, and names the others', () => {
    const compared = comparison([probability], [probability, label])
    compared.add(row(1, said(0.5), said({ probability: 0.5, label: 'stay' })))
    expect(compared.report()).toMatchObject({ agreed: 1, uncompared: ['label'] })
  })

  test('tells integers that are many as numbers', () => {
    const compared = comparison([{ name: 'count', type: 'int64', shape: [] }])
    for (let i = 0; i < 50; i += 1) compared.add(row(i, said(i), said(i)))
    expect(compared.report().fields[0]).toMatchObject({ off: { largest: 0 } })
    expect(compared.report().fields[0]).not.toHaveProperty('labels')
  })

  test('tells the time that each took', () => {
    const compared = comparison()
    for (let i = 1; i <= 100; i += 1) compared.add(row(i, said(0.5, i), said(0.5, 2 * i)))
    expect(compared.report().latencyMs).toEqual({
      a: { p50: 50, p95: 95, p99: 99 },
      b: { p50: 100, p95: 190, p99: 198 },
    })
  })

  test('of nothing tells nothing', () => {
    const { agreement, worst, latencyMs, compared } = comparison().report()
    expect({ agreement, worst, latencyMs, compared }).toEqual({
      ...{ agreement: undefined, worst: [], latencyMs: {}, compared: 0 },
    })
  })

  test('takes the same memory for any number of rows, and counts all of them', () => {
    const compared = comparison()
    for (let i = 0; i < 200_000; i += 1)
      compared.add(row(i % 1000, said(0.5), said(i % 1000 < 100 ? 0.9 : 0.5)))
    const report = compared.report()
    expect(report).toMatchObject({ compared: 200_000, agreed: 180_000, sampled: true })
    expect(report.concentration).toMatchObject({ input: 'tenure', rows: 20_000, differ: 20_000 })
    expect(JSON.stringify(report).length).toBeLessThan(5000)
  })

  test('shows large values by their beginning, and what is not to be shown not at all', () => {
    const compared = comparison()
    const inputs = { pixels: Array.from({ length: 1000 }, () => 1), name: 'Ada' }
    compared.add({ inputs, a: said(0.5), b: said(0.9) })
    expect(compared.report().worst[0]?.inputs).toEqual({
      pixels: expect.stringMatching(/^\[1,1,.*\.\.\.$/),
      name: 'Ada',
    })
    const hiding = comparison()
    hiding.add({ inputs, hidesInputs: true, a: said(0.5), b: said(0.9) })
    expect(hiding.report().worst[0]).not.toHaveProperty('inputs')
  })
})
