import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { needsOf } from '../../lib/rules/graph/expression-scope.ts'
import { modelSteps, type Step, stepsInside } from '../../lib/rules/graph/graph-definition.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { graphs } from './random-graphs.ts'
import { type Ran, runVirtually } from './virtual-world.ts'

const records = fc.array(fc.record({ x: fc.integer({ min: 0, max: 500 }) }), { minLength: 1, maxLength: 4 })
const runs = Number(process.env['SLUICE_GRAPHS'] ?? 10_000)
/** Long enough for everything that ends at all. */
const longMs = 1e9

/** Nothing is left behind: no timer, no question that nobody has stopped, nobody who still listens. */
function expectNothingLeft({ left }: Ran): void {
  expect(left).toEqual({ sleepers: 0, unstopped: 0, listeners: 0 })
}

describe(`${runs} random graphs`, () => {
  test('answer what asking one node after the other comes to, ask none twice and none too early', async () => {
    let answered = 0
    let failed = 0
    await fc.assert(
      fc.asyncProperty(graphs, records, async ({ definition, behaviours, oracle }, asked) => {
        const ran = await runVirtually(definition, behaviours, asked, longMs)
        const wanted = outcome(() => oracle(asked))
        if ('error' in wanted) {
          failed += 1
          expect(isProblem(ran.error)).toBe(true)
          // Who is told to have failed does fail.
          const [, at = ''] = /^node '([^']+)'/.exec((ran.error as Error).message) ?? []
          const step = modelSteps(definition).find((one) => one.at === at)
          expect(['fails', 'hangs', 'flaky']).toContain(step?.model)
        } else {
          answered += 1
          expect(ran.error).toBeUndefined()
          const answers = ran.answers as number[]
          expect(answers).toHaveLength(asked.length)
          for (const [i, answer] of answers.entries()) expect(answer).toBeCloseTo(wanted.answers[i] ?? NaN, 8)
        }
        expectAskedOnce(definition, ran)
        expectInOrder(definition, ran)
        expectNothingLeft(ran)
      }),
      { numRuns: runs },
    )
    // A property of graphs that all fail, or all answer, would say little.
    expect(Math.min(answered, failed)).toBeGreaterThan(runs / 10)
  })

  test('keep any deadline, and leave nothing behind that they have begun', async () => {
    await fc.assert(
      fc.asyncProperty(
        graphs,
        records,
        fc.integer({ min: 1, max: 200 }),
        async ({ definition, behaviours }, asked, withinMs) => {
          const ran = await runVirtually(definition, behaviours, asked, withinMs)
          expect(ran.tookMs).toBeLessThanOrEqual(withinMs * 1.05)
          expectNothingLeft(ran)
        },
      ),
      { numRuns: runs },
    )
  })
})

function outcome(oracle: () => number[]) {
  try {
    return { answers: oracle() }
  } catch (error) {
    return { error }
  }
}

function expectAskedOnce(definition: Parameters<typeof modelSteps>[0], { askings }: Ran): void {
  const times = Map.groupBy(askings, ({ at }) => at)
  for (const step of modelSteps(definition))
    expect(times.get(step.at)?.length ?? 0).toBeLessThanOrEqual(step.retry ? 2 : 1)
}

/** Every asking of a node begins when all of what it needs is over. */
function expectInOrder({ nodes }: Parameters<typeof modelSteps>[0], { askings }: Ran): void {
  const names = new Set(nodes.map(({ name }) => name))
  const nodeOf = new Map(nodes.flatMap(({ name, step }) => placesIn(step).map((at) => [at, name] as const)))
  for (const { name, step } of nodes) {
    const needs = needsOf(step, names)
    const began = askings.filter(({ at }) => nodeOf.get(at) === name).map(({ from }) => from)
    const ended = askings.filter(({ at }) => needs.includes(nodeOf.get(at) ?? '')).map(({ to = 0 }) => to)
    if (began.length > 0 && ended.length > 0)
      expect(Math.min(...began)).toBeGreaterThanOrEqual(Math.max(...ended))
  }
}

function placesIn(step: Step): string[] {
  return [step.at, ...stepsInside(step).flatMap(placesIn)]
}
