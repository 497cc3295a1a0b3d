import { beforeAll, describe, expect, test } from '@jest/globals'
import { caughtProblem, type StepFailure } from '../../lambdas/step.ts'
import { type Machine, machines } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { machinesOfTemplate, smoothRelease } from '../harness/machines.ts'
import {
  type Act,
  answers,
  impatient,
  type Played,
  play,
  type Script,
  smooth,
  soon,
  withTimeout,
} from './stage.ts'

let quick: ExtractedMachines

beforeAll(async () => {
  quick = impatient(await machinesOfTemplate())
})

interface Way {
  /** The steps of a run, in order. */
  readonly path: readonly StepName[]
  readonly script: Script
}

const judged =
  (status: string): Act =>
  () => ({ status, step: 0, waitUntil: soon() })

/** Ways through the machines that together come by every step. */
const ways: { readonly [machine in Machine]: readonly Way[] } = {
  release: [
    {
      path: smoothRelease,
      script: smooth.release,
    },
  ],
  promotion: [
    { path: ['openPromotion', 'judgeCanary', 'advanceRollout', 'closePromotion'], script: smooth.promotion },
    {
      path: ['openPromotion', 'judgeCanary', 'returnTraffic', 'closePromotion'],
      script: { ...smooth.promotion, judgeCanary: judged('rollback') },
    },
    {
      path: ['openPromotion', 'judgeCanary', 'continuePromotion'],
      script: { ...smooth.promotion, judgeCanary: judged('continue') },
    },
  ],
  rollback: [{ path: ['probeTarget', 'closeRollback'], script: smooth.rollback }],
  retirement: [{ path: ['retireVersion', 'removeEndpoint', 'closeRetirement'], script: smooth.retirement }],
}

const cleaning: { readonly [machine in Machine]: StepName } = {
  release: 'failRelease',
  promotion: 'abortPromotion',
  rollback: 'failRollback',
  retirement: 'failRetirement',
}

/** A task is tried once and five times more. */
const attempts = 6

interface Case extends Way {
  readonly kind: Machine
  readonly step: StepName
  /** The steps before it. */
  readonly before: readonly StepName[]
  readonly undo: StepName
}

const tasks: Case[] = machines.flatMap((kind) => {
  const seen = new Set<StepName>()
  return ways[kind].flatMap(({ path, script }) =>
    path.flatMap((step, i) => {
      if (seen.has(step)) return []
      seen.add(step)
      return [{ kind, step, path, script, before: path.slice(0, i), undo: cleaning[kind] }]
    }),
  )
})

const problem = new Problem('artifact-differs', 'the uploaded files are not those that the manifest names', [
  { pointer: '/files/0', found: '"quotes" \\ and ünïcode', allowed: '3 bytes' },
])

const throws =
  (error: unknown): Act =>
  () => {
    throw error
  }

const throwsOnce =
  (error: unknown, act: Act): Act =>
  (visit, input) => {
    if (visit === 0) throw error
    return act(visit - 1, input)
  }

const hangs: Act = () => new Promise<never>(() => {})

const again = (step: StepName, times: number) => Array.from({ length: times }, () => step)

/** What the one call of the cleaning step was given. */
function failureOf({ calls }: Played, undo: StepName): StepFailure {
  const cleaned = calls.filter(({ step }) => step === undo)
  expect(cleaned).toHaveLength(1)
  const input = cleaned[0]?.input
  expect(Object.keys(input ?? {}).toSorted()).toEqual(['execution', 'failure', 'operation'])
  expect(calls.every((call) => call.input.operation === input?.operation && call.input.execution === 0)).toBe(
    true,
  )
  return input?.['failure'] as StepFailure
}

test('the ways of these tests come by every step of every machine', () => {
  const visited = tasks.map(({ step }) => step)
  const called = machines.flatMap((kind) => Object.values(quick[kind].tasks).map(({ step }) => step))
  expect([...visited, ...Object.values(cleaning)].toSorted()).toEqual(called.toSorted())
})

describe.each(tasks)('when $step of the $kind machine', ({ kind, step, path, script, before, undo }) => {
  test('works, the machine goes its way and cleans nothing up', async () => {
    expect(await play(quick, kind, script)).toMatchObject({ path, outcome: 'succeeded' })
  })

  test('throws a Problem, it is asked once, and the cleaning step is told the Problem', async () => {
    const played = await play(quick, kind, { ...script, [step]: throws(problem) })
    expect(played).toMatchObject({ path: [...before, step, undo], outcome: 'succeeded' })
    const failure = failureOf(played, undo)
    expect(failure.Error).toBe('Problem')
    expect(caughtProblem(failure).facts).toEqual(problem.facts)
  })

  test('throws anything else again and again, it is retried, and then cleaned up as a fault', async () => {
    const played = await play(quick, kind, { ...script, [step]: throws(new TypeError('no such "thing"')) })
    expect(played).toMatchObject({ path: [...before, ...again(step, attempts), undo], outcome: 'succeeded' })
    const failure = failureOf(played, undo)
    expect(failure.Error).toBe('TypeError')
    expect(JSON.parse(failure.Cause)).toEqual({
      errorType: 'TypeError',
      errorMessage: 'no such "thing"',
      trace: [],
    })
    expect(caughtProblem(failure).facts).toMatchObject({
      code: 'platform-fault',
      detail: expect.stringContaining('TypeError'),
    })
  })

  test('throws once and then works, the machine goes on as if nothing had been', async () => {
    const act = throwsOnce(new TypeError('a hiccup'), script[step] ?? answers({}))
    const played = await play(quick, kind, { ...script, [step]: act })
    expect(played).toMatchObject({
      path: [...before, step, step, ...path.slice(before.length + 1)],
      outcome: 'succeeded',
    })
  })

  test('never answers, each attempt is given up in time, and then cleaned up as a fault', async () => {
    const hasty = { ...quick, [kind]: withTimeout(quick[kind], step, 0.005) }
    const played = await play(hasty, kind, { ...script, [step]: hangs })
    expect(played).toMatchObject({ path: [...before, ...again(step, attempts), undo], outcome: 'succeeded' })
    const failure = failureOf(played, undo)
    expect(failure.Error).toBe('States.Timeout')
    expect(caughtProblem(failure).facts).toMatchObject({
      code: 'platform-fault',
      detail: expect.stringContaining('did not end in time'),
    })
  })
})

describe.each(machines)('when the cleaning step of the %s machine', (kind) => {
  const undo = cleaning[kind]
  const first = ways[kind][0]?.path[0] as StepName
  const broken = { [first]: throws(problem) }

  test('throws a Problem, it is asked once and the machine ends as failed', async () => {
    const played = await play(quick, kind, { ...broken, [undo]: throws(problem) })
    expect(played).toMatchObject({ path: [first, undo], outcome: 'failed' })
  })

  test('throws anything else again and again, it is retried and the machine ends as failed', async () => {
    const played = await play(quick, kind, { ...broken, [undo]: throws(new RangeError('full')) })
    expect(played).toMatchObject({ path: [first, ...again(undo, attempts)], outcome: 'failed' })
  })

  test('throws once and then works, it has cleaned up', async () => {
    const played = await play(quick, kind, {
      ...broken,
      [undo]: throwsOnce(new RangeError('full'), answers({})),
    })
    expect(played).toMatchObject({ path: [first, undo, undo], outcome: 'succeeded' })
    const [, once, twice] = played.calls
    expect(once?.input).toEqual(twice?.input)
    expect(caughtProblem(twice?.input['failure'] as StepFailure).facts).toEqual(problem.facts)
  })

  test('never answers, it is given up in time and the machine ends as failed', async () => {
    const hasty = { ...quick, [kind]: withTimeout(quick[kind], undo, 0.005) }
    const played = await play(hasty, kind, { ...broken, [undo]: hangs })
    expect(played).toMatchObject({ path: [first, ...again(undo, attempts)], outcome: 'failed' })
  })
})
