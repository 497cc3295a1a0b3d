import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Ports } from '../../lambdas/ports.ts'
import { continuePromotion } from '../../lambdas/promotion/continue-promotion.ts'
import type { StepFailure } from '../../lambdas/step.ts'
import type { Machine } from '../../lib/rules/operation.ts'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import { openDatabase } from '../../local/database.ts'
import type { Journal, TaskOutcome } from '../../local/journal.ts'
import { MachineRunner } from '../../local/machine-runner.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import type { ExtractedMachine, ExtractedMachines } from '../../local/state-machines.ts'
import { machinesOfTemplate, smoothRelease } from '../harness/machines.ts'
import {
  type Act,
  altered,
  answers,
  type Call,
  impatient,
  operationOf,
  type Script,
  scripted,
  smooth,
  soon,
  stateOf,
  WatchedJournal,
  withTimeout,
} from '../machines/stage.ts'

let machines: ExtractedMachines
let quick: ExtractedMachines

beforeAll(async () => {
  machines = await machinesOfTemplate()
  quick = impatient(machines)
})

let database: DatabaseSync

beforeEach(() => {
  database = openDatabase(':memory:')
})

/** What is still under way when a test ends. */
const open: (() => void)[] = []

afterEach(async () => {
  for (const finish of open.splice(0)) finish()
  await pause(0)
  database.close()
})

const from = (step: StepName) => smoothRelease.slice(smoothRelease.indexOf(step))
const until = (step: StepName) => smoothRelease.slice(0, smoothRelease.indexOf(step) + 1)

/** What a process of the platform has of this: a runner over the database, and the steps it called. */
function processOver(script: Script, known = machines, journal = new WatchedJournal(database)) {
  const calls: Call[] = []
  const faults: unknown[] = []
  const runner = new MachineRunner(Promise.resolve(known), journal, (fault) => faults.push(fault))
  runner.resume(scripted(script, calls))
  const path = () => calls.map(({ step }) => step)
  return { runner, journal, calls, faults, path, end: (execution: string) => journal.end(execution) }
}

/** An act that is under way until it is told to end. */
function underWay() {
  const begun = Promise.withResolvers<void>()
  const work = Promise.withResolvers<object>()
  open.push(() => work.resolve({}))
  const act: Act = () => {
    begun.resolve()
    return work.promise
  }
  return { act, begun: begun.promise, finish: work.resolve }
}

const fails = (error: unknown) => () => {
  throw error
}

/** Acts, one a visit; the last one is repeated. */
const first =
  (...acts: readonly [Act, ...Act[]]): Act =>
  (visit, input) =>
    (acts[Math.min(visit, acts.length - 1)] as Act)(visit, input)

/** Long enough for everything that would go on by itself to have gone on. */
const aWhile = () => pause(25)

const outcomeOf = (execution: string) =>
  database.prepare('select outcome from executions where name = ?').get(execution)?.['outcome']

const written = () =>
  database
    .prepare('select task, visit, outcome from journal order by task, visit')
    .all()
    .map(({ task, visit, outcome }) => ({
      state: String(task).split(' ')[0],
      visit,
      outcome: JSON.parse(String(outcome)) as TaskOutcome,
    }))

describe('an execution that was stopped', () => {
  test.each(smoothRelease)(
    'in %s is taken up there by the next process, and what had ended is not called again',
    async (step) => {
      const { act, begun, finish } = underWay()
      const before = processOver({ ...smooth.release, [step]: act })
      await before.runner.start(operationOf('release'))
      await begun
      before.runner.stop()
      // What was in flight still answers; nobody goes on with it, and it is not written down.
      finish({ status: 'over' })
      await aWhile()
      expect(before.path()).toEqual(until(step))
      expect(outcomeOf('release-1')).toBeNull()

      const after = processOver(smooth.release)
      expect(await after.end('release-1')).toBe('succeeded')
      expect(after.path()).toEqual(from(step))
    },
  )

  test('in the middle of a loop has its earlier rounds counted', async () => {
    const { act, begun } = underWay()
    const waiting = () => ({ status: 'waiting', waitUntil: soon() })
    const before = processOver({ ...smooth.release, freezeArtifact: first(waiting, waiting, waiting, act) })
    await before.runner.start(operationOf('release'))
    await begun
    before.runner.stop()
    expect(written().filter(({ state }) => state === 'FreezeArtifact')).toMatchObject([
      { visit: 1 },
      { visit: 2 },
      { visit: 3 },
    ])

    const after = processOver({
      ...smooth.release,
      freezeArtifact: first(waiting, answers({ status: 'frozen' })),
    })
    expect(await after.end('release-1')).toBe('succeeded')
    expect(after.path()).toEqual(['freezeArtifact', ...from('freezeArtifact')])
  })

  test('in the middle of a rollout repeats no step of it', async () => {
    const { act, begun } = underWay()
    const baking = () => ({ status: 'baking', waitUntil: soon() })
    const judgeCanary: Act = (_, { operation }) => {
      const step = Number(
        database.prepare('select count(*) as n from journal where task like ?').get('Advance%')?.['n'],
      )
      return { status: 'advance', step, waitUntil: soon(), operation }
    }
    const before = processOver({
      ...smooth.promotion,
      judgeCanary,
      advanceRollout: first(baking, baking, act),
    })
    await before.runner.start(operationOf('promotion'))
    await begun
    before.runner.stop()

    const after = processOver({ ...smooth.promotion, judgeCanary })
    expect(await after.end('promotion-1')).toBe('succeeded')
    expect(after.path()).toEqual(['advanceRollout', 'closePromotion'])
    expect(after.calls[0]?.input).toMatchObject({ step: 2 })
  })

  test('between two attempts has the earlier ones counted', async () => {
    const { act, begun } = underWay()
    const broken = fails(new TypeError('broken'))
    const before = processOver({ ...smooth.release, packImage: first(broken, broken, act) }, quick)
    await before.runner.start(operationOf('release'))
    await begun
    before.runner.stop()

    const after = processOver({ ...smooth.release, packImage: broken }, quick)
    await after.end('release-1')
    expect(after.path()).toEqual([...Array.from({ length: 4 }, () => 'packImage'), 'failRelease'])
  })

  test('in a retry pause does not try again until the next process', async () => {
    const slow = { ...machines, release: withPauses(machines.release, 0.2) }
    const before = processOver({ claimVersion: fails(new TypeError('broken')) }, slow)
    await before.runner.start(operationOf('release'))
    await pause(20)
    before.runner.stop()
    await pause(300)
    expect(before.path()).toEqual(['claimVersion'])

    const after = processOver(smooth.release)
    expect(await after.end('release-1')).toBe('succeeded')
    expect(after.path()).toEqual(smoothRelease)
  })

  test('does not wait once more for retries that are only replayed', async () => {
    const { act, begun } = underWay()
    const broken = fails(new TypeError('broken'))
    const before = processOver({ claimVersion: first(broken, broken, broken, broken, broken, act) }, quick)
    await before.runner.start(operationOf('release'))
    await begun
    before.runner.stop()
    redefine('release-1', withPauses(machines.release, 20))

    const started = Date.now()
    const after = processOver(smooth.release)
    expect(await after.end('release-1')).toBe('succeeded')
    expect(after.path()).toEqual(smoothRelease)
    expect(Date.now() - started).toBeLessThan(10_000)
  })

  test('waits again between attempts as soon as they are no replay', async () => {
    const { act, begun } = underWay()
    const broken = fails(new TypeError('broken'))
    const before = processOver({ claimVersion: first(broken, broken, act) }, quick)
    await before.runner.start(operationOf('release'))
    await begun
    before.runner.stop()
    redefine('release-1', withPauses(machines.release, 0.1))

    const at: number[] = []
    const timed: Act = (visit) => {
      at.push(Date.now())
      return visit === 0 ? broken() : { status: 'over' }
    }
    const after = processOver({ claimVersion: timed })
    expect(await after.end('release-1')).toBe('succeeded')
    expect(at).toHaveLength(2)
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(90)
  })

  test('while it waits, waits until the moment that the step named', async () => {
    const moment = Date.now() + 250
    const before = processOver({
      ...smooth.release,
      checkEndpoint: answers({ status: 'creating', waitUntil: new Date(moment).toISOString() }),
    })
    await before.runner.start(operationOf('release'))
    await pause(30)
    before.runner.stop()
    await aWhile()
    expect(before.path()).toEqual(until('checkEndpoint'))

    const at: number[] = []
    const active: Act = () => {
      at.push(Date.now())
      return { status: 'active' }
    }
    const after = processOver({ ...smooth.release, checkEndpoint: active })
    expect(await after.end('release-1')).toBe('succeeded')
    expect(at).toHaveLength(1)
    expect(at[0]).toBeGreaterThanOrEqual(moment)
  })

  test('goes on by the definition that it began with, whatever an upgrade brought', async () => {
    const { act, begun } = underWay()
    const before = processOver({ ...smooth.release, inspectArtifact: act })
    await before.runner.start(operationOf('release'))
    await begun
    before.runner.stop()

    const upgraded = { ...machines, release: shortened(machines.release) }
    const after = processOver(smooth.release, upgraded)
    expect(await after.end('release-1')).toBe('succeeded')
    expect(after.path()).toEqual(from('inspectArtifact'))

    await after.runner.start(operationOf('release', 'release-2'))
    expect(await after.end('release-2')).toBe('succeeded')
    expect(after.path()).toEqual([...from('inspectArtifact'), 'startPromotion', 'closeRelease'])
  })

  test('is one of many, and each goes on for itself', async () => {
    const kinds: readonly Machine[] = ['release', 'promotion', 'rollback', 'retirement']
    const operations = kinds.flatMap((kind) => [1, 2, 3].map((i) => operationOf(kind, `${kind}-${i}`)))
    const { act, begun } = underWay()
    const all = { ...smooth.release, ...smooth.promotion, ...smooth.rollback, ...smooth.retirement }
    const before = processOver({
      ...all,
      inspectArtifact: act,
      closePromotion: act,
      closeRollback: act,
      removeEndpoint: act,
    })
    for (const operation of operations) await before.runner.start(operation)
    await begun
    await aWhile()
    before.runner.stop()

    const after = processOver(all)
    for (const { id } of operations) expect([id, await after.end(id)]).toEqual([id, 'succeeded'])
    for (const { id, kind } of operations) {
      const path = after.calls.filter(({ input }) => input.operation === id).map(({ step }) => step)
      const expected = {
        release: from('inspectArtifact'),
        promotion: ['closePromotion'],
        rollback: ['closeRollback'],
        retirement: ['removeEndpoint', 'closeRetirement'],
      }
      expect([id, path]).toEqual([id, expected[kind]])
    }
  })
})

describe('an execution', () => {
  test('that is started twice under one name runs once', async () => {
    const { runner, path, end } = processOver(smooth.release)
    const operation = operationOf('release')
    await Promise.all([runner.start(operation), runner.start(operation)])
    await runner.start(operation)
    expect(await end('release-1')).toBe('succeeded')
    await runner.start(operation)
    await aWhile()
    expect(path()).toEqual(smoothRelease)
  })

  test('that has ended is not taken up by the next process, and its journal is gone', async () => {
    const before = processOver(smooth.release)
    await before.runner.start(operationOf('release'))
    await before.end('release-1')
    before.runner.stop()
    expect(outcomeOf('release-1')).toBe('succeeded')
    expect(written()).toEqual([])
    const after = processOver(smooth.release)
    await aWhile()
    expect(after.path()).toEqual([])
  })

  test('of a promotion that looked often enough is followed by one that knows its number', async () => {
    const registry = new SqliteRegistry(database)
    const operation = operationOf('promotion')
    await registry.open(operation)
    const script: Script = {
      ...smooth.promotion,
      judgeCanary: (_, { execution }) => ({
        status: execution < 2 ? 'continue' : 'advance',
        step: 0,
        waitUntil: soon(),
      }),
      continuePromotion: (_, input) => continueIt(input),
    }
    const { runner, calls, end } = processOver(script)
    const ports = { registry, workflows: runner, clock: { now: () => Date.now() } } as unknown as Ports
    const continueIt = continuePromotion(ports)
    await runner.start(operation)
    expect(await end('promotion-1-2')).toBe('succeeded')
    const looked: readonly StepName[] = ['openPromotion', 'judgeCanary', 'continuePromotion']
    const told = calls.map(({ step, input }) => [input.execution, step])
    expect(told.filter(([execution]) => execution === 0)).toEqual(looked.map((step) => [0, step]))
    expect(told.filter(([execution]) => execution === 1)).toEqual(looked.map((step) => [1, step]))
    expect(told.filter(([execution]) => execution === 2)).toEqual(
      ['openPromotion', 'judgeCanary', 'advanceRollout', 'closePromotion'].map((step) => [2, step]),
    )
    expect((await registry.operation('promotion-1'))?.executions).toBe(2)
    for (const name of ['promotion-1', 'promotion-1-1']) expect(outcomeOf(name)).toBe('succeeded')
  })
})

describe('a journal', () => {
  class FullJournal extends WatchedJournal {
    readonly #room: number
    #held = 0

    constructor(room: number) {
      super(database)
      this.#room = room
    }

    override record(...args: Parameters<Journal['record']>): void {
      if (this.#held === this.#room) throw new Error('database or disk is full')
      this.#held += 1
      super.record(...args)
    }
  }

  test.each([0, 3])(
    'that cannot write after %i tasks parks the execution, tells the fault, and lets the next process do it',
    async (room) => {
      const before = processOver(smooth.release, machines, new FullJournal(room))
      await before.runner.start(operationOf('release'))
      await aWhile()
      expect(before.path()).toEqual(smoothRelease.slice(0, room + 1))
      expect(before.faults).toEqual([expect.objectContaining({ message: 'database or disk is full' })])
      expect(outcomeOf('release-1')).toBeNull()
      before.runner.stop()

      const after = processOver(smooth.release)
      expect(await after.end('release-1')).toBe('succeeded')
      expect(after.path()).toEqual(smoothRelease.slice(room))
    },
  )

  test('that could not write goes on by itself, in the same process, once it can', async () => {
    class RefillingJournal extends WatchedJournal {
      faults = 2

      override record(...args: Parameters<Journal['record']>): void {
        if (written().length === 3 && this.faults > 0) {
          this.faults -= 1
          throw new Error('database or disk is full')
        }
        super.record(...args)
      }
    }
    const { runner, path, faults, end } = processOver(
      smooth.release,
      machines,
      new RefillingJournal(database),
    )
    await runner.start(operationOf('release'))
    expect(await end('release-1')).toBe('succeeded')
    const fourth = smoothRelease[3] as StepName
    expect(path()).toEqual([...until(fourth), fourth, fourth, ...smoothRelease.slice(4)])
    expect(faults).toHaveLength(2)
  }, 10_000)

  test('that could not write that an execution has ended writes it later', async () => {
    class OnceUnclosed extends WatchedJournal {
      tries = 0

      override close(execution: string, outcome: string): void {
        this.tries += 1
        if (this.tries === 1) throw new Error('database or disk is full')
        super.close(execution, outcome)
      }
    }
    const { runner, path, end } = processOver(smooth.rollback, machines, new OnceUnclosed(database))
    await runner.start(operationOf('rollback'))
    expect(await end('rollback-1')).toBe('succeeded')
    expect(path()).toEqual(['probeTarget', 'closeRollback'])
  }, 10_000)

  test('is not told that a step failed on a full disk: the step is called again, as if it had not been', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    const act = first(fails(full), answers({}))
    const { runner, path, faults, end } = processOver({ ...smooth.release, inspectArtifact: act })
    await runner.start(operationOf('release'))
    expect(await end('release-1')).toBe('succeeded')
    expect(path().filter((step) => step === 'inspectArtifact')).toHaveLength(2)
    expect(path()).not.toContain('failRelease')
    expect(faults).toEqual([expect.objectContaining({ code: 'disk-full' })])
  }, 10_000)

  test('that cannot write that a task failed does not clean up either', async () => {
    const { runner, path, faults } = processOver(
      { claimVersion: fails(new TypeError('broken')) },
      quick,
      new FullJournal(0),
    )
    await runner.start(operationOf('release'))
    await aWhile()
    expect(path()).toEqual(['claimVersion'])
    expect(faults).toHaveLength(1)
    runner.stop()
  })

  test('that cannot write keeps the execution parked for longer than a task may last', async () => {
    const { release } = quick
    const hasty = { ...quick, release: withTimeout(release, 'claimVersion', 0.01) }
    const { runner, path, faults } = processOver(smooth.release, hasty, new FullJournal(0))
    await runner.start(operationOf('release'))
    await pause(250)
    expect(path()).toEqual(['claimVersion'])
    expect(faults).toHaveLength(1)
    runner.stop()
  })

  test('that cannot be read leaves the execution as it is, and lets the next process go on', async () => {
    class DarkJournal extends WatchedJournal {
      override recall(...[execution, task, visit]: Parameters<Journal['recall']>): TaskOutcome | undefined {
        if (task.startsWith('Freeze')) throw new Error('disk I/O error')
        return super.recall(execution, task, visit)
      }
    }
    const before = processOver(smooth.release, quick, new DarkJournal(database))
    await before.runner.start(operationOf('release'))
    await pause(200)
    before.runner.stop()
    expect(before.path()).toEqual(['claimVersion'])
    expect(before.faults).toEqual([expect.objectContaining({ message: 'disk I/O error' })])
    expect(outcomeOf('release-1')).toBeNull()

    const after = processOver(smooth.release)
    expect(await after.end('release-1')).toBe('succeeded')
    expect(after.path()).toEqual(from('freezeArtifact'))
  })

  test('that cannot write that an execution has ended tells the fault, and the next process ends it', async () => {
    class UnclosedJournal extends WatchedJournal {
      override close(): void {
        throw new Error('database or disk is full')
      }
    }
    const before = processOver(smooth.rollback, machines, new UnclosedJournal(database))
    await before.runner.start(operationOf('rollback'))
    await aWhile()
    expect(before.faults).toEqual([expect.objectContaining({ message: 'database or disk is full' })])
    before.runner.stop()

    const after = processOver(smooth.rollback)
    expect(await after.end('rollback-1')).toBe('succeeded')
    expect(after.path()).toEqual([])
  })
})

describe('what leaves a step', () => {
  /** What the cleaning step of a rollback is told when its first step fails with this. */
  async function failureOf(act: Act): Promise<StepFailure> {
    const { runner, calls, end } = processOver({ probeTarget: act }, quick)
    await runner.start(operationOf('rollback'))
    await end('rollback-1')
    const cleaned = calls.filter(({ step }) => step === 'failRollback')
    expect(cleaned).toHaveLength(1)
    return cleaned[0]?.input['failure'] as StepFailure
  }

  test.each<[string, unknown, string, string]>([
    ['an error', new RangeError('too much "of" it'), 'RangeError', 'too much "of" it'],
    ['an error of a name of its own', Object.assign(new Error('busy'), { name: 'Busy' }), 'Busy', 'busy'],
    ['a text', 'just so', 'Error', 'just so'],
    ['nothing', undefined, 'Error', 'undefined'],
  ])('as %s reaches the Catch as Lambda would tell it', async (_, thrown, errorType, errorMessage) => {
    const { Error: name, Cause } = await failureOf(fails(thrown))
    expect(name).toBe(errorType)
    expect(JSON.parse(Cause)).toEqual({ errorType, errorMessage, trace: [] })
  })

  test('as an answer makes the trip through JSON', async () => {
    const step = { at: new Date(0), none: undefined, list: [undefined, Number.NaN], text: 'ünï\\"' }
    const { runner, calls, end } = processOver({
      ...smooth.promotion,
      judgeCanary: () => ({ status: 'advance', step, waitUntil: soon() }),
    })
    await runner.start(operationOf('promotion'))
    expect(await end('promotion-1')).toBe('succeeded')
    const advanced = calls.find(({ step: name }) => name === 'advanceRollout')
    expect(advanced?.input['step']).toStrictEqual({
      at: '1970-01-01T00:00:00.000Z',
      list: [null, null],
      text: 'ünï\\"',
    })
  })

  test('as an answer is the same when it is replayed', async () => {
    const { act, begun } = underWay()
    const before = processOver({
      ...smooth.promotion,
      judgeCanary: () => ({ status: 'advance', step: new Date(0), waitUntil: soon() }),
      advanceRollout: act,
    })
    await before.runner.start(operationOf('promotion'))
    await begun
    before.runner.stop()
    const after = processOver(smooth.promotion)
    expect(await after.end('promotion-1')).toBe('succeeded')
    expect(after.path()).toEqual(['advanceRollout', 'closePromotion'])
    expect(after.calls[0]?.input).toEqual(before.calls.at(-1)?.input)
  })

  test('as an answer that is no JSON is an error like any other, written down before the machine sees it', async () => {
    const circular: { self?: object } = {}
    circular.self = circular
    let rows: ReturnType<typeof written> = []
    const { runner, calls, end } = processOver(
      {
        probeTarget: () => circular,
        failRollback: () => {
          rows = written()
          return {}
        },
      },
      quick,
    )
    await runner.start(operationOf('rollback'))
    await end('rollback-1')
    const failure = calls.at(-1)?.input['failure'] as StepFailure | undefined
    expect(failure?.Error).toBe('TypeError')
    expect(rows).toMatchObject([1, 2, 3, 4, 5, 6].map((visit) => ({ state: 'ProbeTarget', visit })))
    expect(JSON.parse(failure?.Cause ?? '')).toMatchObject({ errorType: 'TypeError' })
  })

  test('too late is dropped: it was given up, and the next attempt counts', async () => {
    const hasty = { ...quick, rollback: withTimeout(quick.rollback, 'probeTarget', 0.01) }
    let rows: ReturnType<typeof written> = []
    const { runner, path, end } = processOver(
      {
        probeTarget: first(() => pause(30, { status: 'over' }), answers({ status: 'probed' })),
        closeRollback: async () => {
          await pause(60)
          rows = written()
          return {}
        },
      },
      hasty,
    )
    await runner.start(operationOf('rollback'))
    expect(await end('rollback-1')).toBe('succeeded')
    expect(path()).toEqual(['probeTarget', 'probeTarget', 'closeRollback'])
    expect(rows).toEqual([
      {
        state: 'ProbeTarget',
        visit: 1,
        outcome: { error: 'States.Timeout', message: expect.stringContaining('0.01 s') },
      },
      { state: 'ProbeTarget', visit: 2, outcome: { output: { status: 'probed' } } },
    ])
  })
})

describe('a process', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-runner-'))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const file = (path: string) =>
    JSON.stringify(pathToFileURL(join(import.meta.dirname, '..', '..', path)).href)

  /** Run a release in a process of its own, over a database that outlives it. */
  async function child(
    act: string,
    before = '',
  ): Promise<{ signal?: string; code?: number; stderr: string }> {
    const source = `
      import { appendFileSync, readFileSync } from 'node:fs'
      import { openDatabase } from ${file('local/database.ts')}
      import { Journal } from ${file('local/journal.ts')}
      import { MachineRunner } from ${file('local/machine-runner.ts')}
      import { scripted, smooth, operationOf } from ${file('test/machines/stage.ts')}
      const [, folder] = process.argv
      const machines = JSON.parse(process.env.MACHINES)
      const runner = new MachineRunner(Promise.resolve(machines), new Journal(openDatabase(folder + '/registry.sqlite')), console.error)
      const steps = scripted(smooth.release)
      const told = Object.entries(steps).map(([name, step]) => [name, async (input) => {
        appendFileSync(folder + '/calls', name + '\\n')
        ${act}
        return step(input)
      }])
      runner.resume(Object.fromEntries(told))
      ${before}
      await runner.start(operationOf('release'))`
    return promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '--eval', source, folder],
      {
        env: { MACHINES: JSON.stringify(machines) },
        timeout: 4000,
        killSignal: 'SIGINT',
      },
    ).then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error) => error,
    )
  }

  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')

  test.each<StepName>(['claimVersion', 'packImage', 'closeRelease'])(
    'that is killed in %s has lost nothing that had ended',
    async (step) => {
      expect(await child(`if (name === '${step}') process.kill(process.pid, 'SIGKILL')`)).toMatchObject({
        signal: 'SIGKILL',
      })
      expect(calls()).toEqual(until(step))
      database.close()
      database = openDatabase(join(folder, 'registry.sqlite'))
      const after = processOver(smooth.release)
      expect(await after.end('release-1')).toBe('succeeded')
      expect(after.path()).toEqual(from(step))
    },
  )

  test('that stops its runner is not kept alive by a step that was under way and has answered', async () => {
    const ended = await child(`
      if (name === 'checkEndpoint') {
        runner.stop()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }`)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(calls()).toEqual(until('checkEndpoint'))
  })

  test('that stops its runner is not kept alive by a step that does not answer', async () => {
    const ended = await child(`
      if (name === 'checkEndpoint') {
        setTimeout(() => runner.stop(), 20)
        await new Promise(() => {})
      }`)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(calls()).toEqual(until('checkEndpoint'))
  })

  test('that stops its runner is not kept alive by what is begun afterwards, and leaves it to the next', async () => {
    expect(await child('', 'runner.stop()')).toMatchObject({ code: 0, stderr: '' })
    expect(existsSync(join(folder, 'calls'))).toBe(false)
    database.close()
    database = openDatabase(join(folder, 'registry.sqlite'))
    const after = processOver(smooth.release)
    expect(await after.end('release-1')).toBe('succeeded')
    expect(after.path()).toEqual(smoothRelease)
  })

  test('that stops its runner is not kept alive by an execution that waits', async () => {
    const ended = await child(`
      if (name === 'checkEndpoint') {
        setTimeout(() => runner.stop(), 20)
        return { status: 'creating', waitUntil: new Date(Date.now() + 3600_000).toISOString() }
      }`)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(calls()).toEqual(until('checkEndpoint'))
  })
})

/** The machine with retries after so many seconds each, neither growing nor spread. */
function withPauses(machine: ExtractedMachine, seconds: number): ExtractedMachine {
  return altered(machine, (_, state) => ({
    ...state,
    ...(state['Retry'] !== undefined && {
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 5, IntervalSeconds: seconds, BackoffRate: 1 }],
    }),
  }))
}

/** A release machine that only starts the promotion. */
function shortened({ definition, tasks }: ExtractedMachine): ExtractedMachine {
  return { definition: { ...definition, StartAt: stateOf({ definition, tasks }, 'startPromotion') }, tasks }
}

function redefine(execution: string, machine: ExtractedMachine): void {
  database
    .prepare('update executions set definition = ? where name = ?')
    .run(JSON.stringify(machine), execution)
}
