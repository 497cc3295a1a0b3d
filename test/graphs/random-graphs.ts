import fc from 'fast-check'
import type { GraphDefinition, ModelStep, Step } from '../../lib/rules/graph/graph-definition.ts'
import type { Behaviour } from './virtual-world.ts'

/** What names stand for, for one record. */
type Values = Readonly<Record<string, number | readonly number[]>>

/** An expression, and the same in plain JavaScript. */
interface Twin {
  readonly text: string
  readonly value: (values: Values) => number
}

/** A step, and the same as a plain function that asks one thing after the other, for all records that need it. */
interface TwinStep {
  readonly step: Step
  readonly run: (all: readonly Values[]) => (number | readonly number[])[]
}

/** A whole graph with what it comes to; the oracle throws where the graph has to fail. */
export interface TwinGraph {
  readonly definition: GraphDefinition
  readonly behaviours: Readonly<Record<string, Behaviour>>
  readonly oracle: (records: readonly { readonly x: number }[]) => number[]
}

const models: Readonly<Record<string, Behaviour>> = {
  adds: { answers: (x) => x + 1, delayMs: 3, does: 'answer' },
  doubles: { answers: (x) => (x * 2) % 997, delayMs: 11, does: 'answer' },
  squares: { answers: (x) => (x * x) % 991, delayMs: 7, does: 'answer' },
  fails: { answers: (x) => x, delayMs: 5, does: 'fail' },
  hangs: { answers: (x) => x, delayMs: 0, does: 'hang' },
  flaky: { answers: (x) => x + 100, delayMs: 2, does: 'flaky' },
}

const number = (values: Values, name: string) => values[name] as number

/** A number out of what a name stands for; lists are summed up. */
function reference(name: string, isList: boolean): Twin {
  if (!isList) return { text: name, value: (values) => number(values, name) }
  return {
    text: `$sum(${name})`,
    value: (values) => (values[name] as readonly number[]).reduce((sum, one) => sum + one, 0),
  }
}

/** An expression of what is known. */
function expression(known: readonly Twin[]): fc.Arbitrary<Twin> {
  const one = fc.constantFrom(...known)
  const constant = fc.integer({ min: 0, max: 9 }).map((n): Twin => ({ text: `${n}`, value: () => n }))
  return fc.oneof(
    { weight: 4, arbitrary: one },
    constant,
    fc
      .tuple(one, constant)
      .map(([a, b]): Twin => ({ text: `${a.text} + ${b.text}`, value: (v) => a.value(v) + b.value(v) })),
    fc.tuple(one, one).map(
      ([a, b]): Twin => ({
        text: `$max([${a.text}, ${b.text}])`,
        value: (v) => Math.max(a.value(v), b.value(v)),
      }),
    ),
    fc.tuple(one, one, constant).map(
      ([a, b, c]): Twin => ({
        text: `${a.text} > ${c.text} ? ${b.text} : ${a.text}`,
        value: (v) => (a.value(v) > c.value(v) ? b.value(v) : a.value(v)),
      }),
    ),
  )
}

function condition(known: readonly Twin[]): fc.Arbitrary<{
  readonly text: string
  readonly value: (values: Values) => boolean
}> {
  return fc
    .tuple(fc.constantFrom(...known), fc.integer({ min: 0, max: 40 }))
    .map(([a, n]) => ({ text: `(${a.text}) % 41 > ${n}`, value: (v) => a.value(v) % 41 > n }))
}

function modelStep(at: string, known: readonly Twin[]): fc.Arbitrary<TwinStep> {
  return fc
    .record({
      model: fc.constantFrom(
        ...['adds', 'doubles', 'squares', 'adds', 'doubles', 'squares', 'fails', 'hangs', 'flaky'],
      ),
      input: expression(known),
      retry: fc.boolean(),
    })
    .map(({ model, input, retry }) => {
      const step: ModelStep = {
        kind: 'model',
        at,
        pointer: `/nodes/${at}`,
        model,
        selector: { version: '1.0.0' },
        input: `{"x": ${input.text}}`,
        ...(retry && { retry: true }),
        ...(model === 'hangs' && { timeoutMs: 50 }),
      }
      return {
        step,
        run: (all) => {
          const { does, answers } = models[model] as Behaviour
          if (does === 'fail' || does === 'hang' || (does === 'flaky' && !retry)) throw new Error(at)
          return all.map((values) => answers(input.value(values)) as number)
        },
      }
    })
}

function valueStep(at: string, known: readonly Twin[]): fc.Arbitrary<TwinStep> {
  return expression(known).map((twin) => ({
    step: { kind: 'value', at, pointer: `/nodes/${at}`, value: twin.text },
    run: (all) => all.map(twin.value),
  }))
}

function branchesOf(
  at: string,
  known: readonly Twin[],
  depth: number,
  count: number,
): fc.Arbitrary<TwinStep[]> {
  return fc
    .tuple(...Array.from({ length: count }, (_, i) => stepAt(`${at}.${i}`, known, depth - 1)))
    .map((steps) => [...steps])
}

/** A step whose answer is a number. */
function stepAt(at: string, known: readonly Twin[], depth: number): fc.Arbitrary<TwinStep> {
  const placed = { at, pointer: `/nodes/${at}` }
  const leaves = [
    { weight: 5, arbitrary: modelStep(at, known) },
    { weight: 1, arbitrary: valueStep(at, known) },
  ]
  if (depth === 0) return fc.oneof(...leaves)
  const ensemble = fc
    .tuple(branchesOf(at, known, depth, 3), fc.constantFrom('mean', 'majority', 'weighted', 'own'))
    .map(
      ([members, combine]): TwinStep => ({
        step: {
          ...placed,
          kind: 'ensemble',
          members: members.map(({ step }) => step),
          combine: combine === 'own' ? { expression: '$max(answers) - answers[0]' } : (combine as 'mean'),
          ...(combine === 'weighted' && { weights: [1, 2, 1] }),
        },
        run: (all) => {
          const answers = members.map(({ run }) => run(all) as number[])
          return all.map((_, i) =>
            combined(
              combine,
              answers.map((one) => one[i] as number),
            ),
          )
        },
      }),
    )
  const choice = fc
    .tuple(condition(known), condition(known), branchesOf(at, known, depth, 3))
    .map(([first, second, branches]): TwinStep => {
      const [a, b, otherwise] = branches as [TwinStep, TwinStep, TwinStep]
      return {
        step: {
          ...placed,
          kind: 'switch',
          cases: [
            { when: first.text, then: a.step },
            { when: second.text, then: b.step },
          ],
          otherwise: otherwise.step,
        },
        run: (all) => {
          const answers: number[] = []
          const branch = (values: Values) => (first.value(values) ? a : second.value(values) ? b : otherwise)
          for (const one of [a, b, otherwise]) {
            const own = all.flatMap((values, i) => (branch(values) === one ? [i] : []))
            if (own.length === 0) continue
            const its = one.run(own.map((i) => all[i] as Values)) as number[]
            for (const [j, i] of own.entries()) answers[i] = its[j] as number
          }
          return answers
        },
      }
    })
  const cascade = fc.tuple(branchesOf(at, known, depth, 2), fc.integer({ min: 0, max: 40 })).map(
    ([[cheap, dear], n]): TwinStep => ({
      step: {
        ...placed,
        kind: 'cascade',
        stages: [
          { step: (cheap as TwinStep).step, accept: `answer % 41 > ${n}` },
          { step: (dear as TwinStep).step },
        ],
      },
      run: (all) => {
        const answers = (cheap as TwinStep).run(all) as number[]
        const open = answers.flatMap((answer, i) => (answer % 41 > n ? [] : [i]))
        if (open.length === 0) return answers
        const others = (dear as TwinStep).run(open.map((i) => all[i] as Values)) as number[]
        for (const [j, i] of open.entries()) answers[i] = others[j] as number
        return answers
      },
    }),
  )
  const fallback = branchesOf(at, known, depth, 3).map(
    (choices): TwinStep => ({
      step: { ...placed, kind: 'fallback', choices: choices.map(({ step }) => step) },
      run: (all) => {
        for (const [i, { run }] of choices.entries())
          try {
            return run(all)
          } catch (error) {
            if (i === choices.length - 1) throw error
          }
        throw new Error('there is a choice')
      },
    }),
  )
  return fc.oneof(...leaves, ensemble, choice, cascade, { weight: 2, arbitrary: fallback })
}

function combined(combine: string, answers: readonly number[]): number {
  const [a = 0, b = 0, c = 0] = answers
  if (combine === 'mean') return a * (1 / 3) + b * (1 / 3) + c * (1 / 3)
  if (combine === 'weighted') return a * 0.25 + b * 0.5 + c * 0.25
  if (combine === 'own') return Math.max(a, b, c) - a
  return b === c && a !== b ? b : a
}

/** A node that does something for each of a list. */
function mapNode(at: string, known: readonly Twin[]): fc.Arbitrary<TwinStep> {
  const item: Twin = { text: 'item', value: (values) => number(values, 'item') }
  return fc
    .tuple(
      fc.array(expression(known), { minLength: 1, maxLength: 4 }),
      stepAt(`${at}.each`, [item, ...known], 1),
      fc.integer({ min: 1, max: 3 }),
    )
    .map(([list, each, concurrency]) => ({
      step: {
        kind: 'map',
        at,
        pointer: `/nodes/${at}`,
        over: `[${list.map(({ text }) => text).join(', ')}]`,
        each: each.step,
        concurrency,
        // All in one call, so that what fails fails for all of them, as in the oracle.
        batch: 10_000,
      },
      run: (all) => {
        const items = all.flatMap((values) => list.map(({ value }) => ({ ...values, item: value(values) })))
        const answers = each.run(items) as number[]
        return all.map((_, i) => answers.slice(i * list.length, (i + 1) * list.length))
      },
    }))
}

const input: Twin = { text: 'input.x', value: (values) => number(values, 'x') }

/** Graphs of up to six nodes, each of any shape, over models that answer, fail, hang or fail once. */
export const graphs: fc.Arbitrary<TwinGraph> = fc
  .array(fc.boolean(), { minLength: 1, maxLength: 6 })
  .chain((lists) => {
    const known = (count: number) => [
      input,
      ...lists.slice(0, count).map((isList, i) => reference(`n${i}`, isList && i % 2 === 1)),
    ]
    const nodes = lists.map((isList, i) =>
      isList && i % 2 === 1 ? mapNode(`n${i}`, known(i)) : stepAt(`n${i}`, known(i), 2),
    )
    return fc.tuple(fc.tuple(...nodes), expression(known(lists.length)))
  })
  .map(([twins, output]) => twinGraph(twins, output))

function twinGraph(twins: readonly TwinStep[], output: Twin): TwinGraph {
  const nodes = twins.map(({ step }) => ({ name: step.at, step }))
  const needed = neededBy(output.text, nodes)
  return {
    definition: { inputs: [], outputs: [], nodes, output: output.text },
    behaviours: models,
    oracle: (records) => {
      let all: Values[] = records.map(({ x }) => ({ x }))
      for (const { step, run } of twins) {
        if (!needed.has(step.at)) continue
        const answers = run(all)
        all = all.map((values, i) => ({ ...values, [step.at]: answers[i] as number }))
      }
      return all.map(output.value)
    },
  }
}

/** Read off the text: names are `n0` to `n5` and nothing else is called so. */
function neededBy(text: string, nodes: GraphDefinition['nodes']): Set<string> {
  const names = new Set<string>()
  const look = (part: string) => {
    for (const [name] of part.matchAll(/\bn\d\b/g)) {
      if (names.has(name)) continue
      names.add(name)
      const { at: _, ...rest } = nodes.find((one) => one.name === name)?.step ?? { at: '' }
      look(JSON.stringify(rest).replaceAll(/"(?:at|pointer)":"[^"]*"/g, ''))
    }
  }
  look(text)
  return names
}
