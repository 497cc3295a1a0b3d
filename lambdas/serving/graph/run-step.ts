import pLimit from 'p-limit'
import { majorityOf, meanOf } from '../../../lib/rules/graph/combine.ts'
import type { Context } from '../../../lib/rules/graph/evaluation.ts'
import type {
  CascadeStep,
  EnsembleStep,
  FallbackStep,
  MapStep,
  Step,
  SwitchStep,
} from '../../../lib/rules/graph/graph-definition.ts'
import { asksModels } from '../../../lib/rules/graph/graph-plan.ts'
import { isProblem } from '../../../lib/rules/problem.ts'
import { askModel } from './ask-model.ts'
import type { GraphRun } from './graph-run.ts'
import { evaluated, holds, stepProblem } from './step-values.ts'
import { together } from './stopping.ts'

/** Run one step for the records that need it. @returns one answer a record @throws Problem that names the step */
export async function runStep(
  run: GraphRun,
  step: Step,
  contexts: readonly Context[],
): Promise<readonly unknown[]> {
  if (contexts.length === 0) return []
  const { timeoutMs } = step
  const limited =
    timeoutMs === undefined ? run : { ...run, until: Math.min(run.until, run.ports.now() + timeoutMs) }
  try {
    return await kinds(limited, step, contexts)
  } catch (error) {
    throw stepProblem(`node '${step.at}'`, step.pointer, error)
  }
}

function kinds(run: GraphRun, step: Step, contexts: readonly Context[]): Promise<readonly unknown[]> {
  switch (step.kind) {
    case 'model':
      return askModel(run, step, contexts)
    case 'value':
      return valuesOf(run, step.value, contexts)
    case 'ensemble':
      return runEnsemble(run, step, contexts)
    case 'switch':
      return runSwitch(run, step, contexts)
    case 'cascade':
      return runCascade(run, step, contexts)
    case 'map':
      return runMap(run, step, contexts)
    case 'fallback':
      return runFallback(run, step, contexts)
  }
}

async function valuesOf(run: GraphRun, text: string, contexts: readonly Context[]): Promise<unknown[]> {
  const evaluate = run.plan.evaluate(text)
  const values: unknown[] = []
  for (const context of contexts) values.push(await evaluated(evaluate, context))
  return values
}

async function runEnsemble(run: GraphRun, step: EnsembleStep, contexts: readonly Context[]) {
  const { members, combine, weights = members.map(() => 1) } = step
  const answers = await together(
    members.map((member) => (signal) => runStep({ ...run, signal }, member, contexts)),
    run.signal,
  )
  const combined: unknown[] = []
  for (const [i, context] of contexts.entries()) {
    const all = answers.map((ofMember) => ofMember[i])
    if (combine === 'majority') combined.push(majorityOf(all))
    else if (typeof combine === 'string') combined.push(meanOf(all, weights))
    else combined.push(await evaluated(run.plan.evaluate(combine.expression), { ...context, answers: all }))
  }
  return combined
}

async function runSwitch(run: GraphRun, { cases, otherwise }: SwitchStep, contexts: readonly Context[]) {
  const branches = [...cases.map(({ then }) => then), otherwise]
  const taken = branches.map((): number[] => [])
  for (const [i, context] of contexts.entries()) {
    let branch = cases.length
    for (const [j, { when }] of cases.entries()) {
      if (!(await holds(run.plan.evaluate(when), context))) continue
      branch = j
      break
    }
    taken[branch]?.push(i)
  }
  const answers: unknown[] = new Array(contexts.length)
  const tasks = branches.flatMap((branch, j) => {
    const indices = taken[j] ?? []
    if (indices.length === 0) return []
    return [
      async (signal: AbortSignal) => {
        const own = await runStep({ ...run, signal }, branch, picked(contexts, indices))
        for (const [at, i] of indices.entries()) answers[i] = own[at]
      },
    ]
  })
  await together(tasks, run.signal)
  return answers
}

async function runCascade(run: GraphRun, { stages }: CascadeStep, contexts: readonly Context[]) {
  const answers: unknown[] = new Array(contexts.length)
  let open = contexts.map((_, i) => i)
  for (const { step, accept } of stages) {
    if (open.length === 0) break
    const own = await runStep(run, step, picked(contexts, open))
    const left: number[] = []
    for (const [at, i] of open.entries()) {
      answers[i] = own[at]
      if (accept === undefined) continue
      if (!(await holds(run.plan.evaluate(accept), { ...contexts[i], answer: own[at] }))) left.push(i)
    }
    open = left
  }
  return answers
}

/** Items of all records together, cut into calls of so many, so many calls at once. */
async function runMap(run: GraphRun, step: MapStep, contexts: readonly Context[]) {
  const { over, each, concurrency, batch } = step
  const evaluate = run.plan.evaluate(over)
  const items: Context[] = []
  const counts: number[] = []
  for (const context of contexts) {
    const value = evaluate(context)
    // As JSONata has it: nothing is an empty list, and what is no list a list of one.
    const list = listOf(value instanceof Promise ? await value : value)
    counts.push(list.length)
    for (const [index, item] of list.entries()) items.push({ ...context, item, index })
  }
  const calls = Array.from({ length: Math.ceil(items.length / batch) }, (_, i) =>
    items.slice(i * batch, (i + 1) * batch),
  )
  const limit = pLimit(concurrency)
  const answers = await together(
    calls.map((call) => (signal) => limit(() => runStep({ ...run, signal }, each, call))),
    run.signal,
  )
  const all = answers.flat(1)
  let from = 0
  return counts.map((count) => {
    from += count
    return all.slice(from - count, from)
  })
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

/** What is left of the time for choices that need none. */
const reservedMs = 50

/** The first choice that answers. Each has its share of the time that is left, and the last one all of it. */
async function runFallback(run: GraphRun, { at, choices }: FallbackStep, contexts: readonly Context[]) {
  for (const [i, choice] of choices.entries()) {
    const rest = choices.slice(i + 1)
    const now = run.ports.now()
    const until = rest.length === 0 ? run.until : now + shareOf(run.until - now, choice, rest)
    try {
      const answers = await runStep({ ...run, until }, choice, contexts)
      if (i > 0) run.trace.fellBack(at, i)
      return answers
    } catch (error) {
      if (rest.length === 0 || !isProblem(error) || run.signal.aborted) throw error
    }
  }
  return []
}

function shareOf(leftMs: number, choice: Step, rest: readonly Step[]): number {
  const others = rest.filter(asksModels).length
  if (others > 0) return leftMs / (asksModels(choice) ? others + 1 : 1)
  return leftMs - Math.min(reservedMs, leftMs * 0.05)
}

function picked(contexts: readonly Context[], indices: readonly number[]): Context[] {
  return indices.map((i) => contexts[i] ?? {})
}
