import { beforeAll, describe, expect, test } from '@jest/globals'
// @ts-expect-error: it is published without types
import aslValidator from 'asl-validator'
import { executionName, type Machine, machines } from '../../lib/rules/operation.ts'
import { machineMetadata, stepMetadata, stepNames, stepSeconds } from '../../lib/wiring/handler-names.ts'
import { openDatabase } from '../../local/database.ts'
import { MachineRunner } from '../../local/machine-runner.ts'
import {
  type ExtractedMachine,
  type ExtractedMachines,
  extractMachines,
  synthesizeTemplate,
  type Template,
} from '../../local/state-machines.ts'
import { operationOf, scripted, smooth, stateOf, WatchedJournal } from './stage.ts'

interface Catcher {
  readonly ErrorEquals: readonly string[]
  readonly ResultPath?: string
  readonly Next: string
}

interface Retrier {
  readonly ErrorEquals: readonly string[]
  readonly MaxAttempts?: number
  readonly IntervalSeconds?: number
  readonly BackoffRate?: number
  readonly MaxDelaySeconds?: number
  readonly JitterStrategy?: string
}

interface State {
  readonly Type: string
  readonly Resource?: string
  readonly Next?: string
  readonly End?: boolean
  readonly Default?: string
  readonly Choices?: readonly { readonly Variable: string; readonly Next: string }[]
  readonly Catch?: readonly Catcher[]
  readonly Retry?: readonly Retrier[]
  readonly Parameters?: Readonly<Record<string, unknown>>
  readonly ResultPath?: string
  readonly TimeoutSeconds?: number
}

let template: Template
let extracted: ExtractedMachines

beforeAll(async () => {
  template = await synthesizeTemplate()
  extracted = extractMachines(template)
})

/** Which step gives up for a machine. */
const cleaning = {
  release: 'failRelease',
  promotion: 'abortPromotion',
  rollback: 'failRollback',
  retirement: 'failRetirement',
} as const

function statesOf(kind: Machine): [string, State][] {
  return Object.entries(extracted[kind].definition.States as unknown as Record<string, State>)
}

function ofType(kind: Machine, type: string): [string, State][] {
  return statesOf(kind).filter(([, state]) => state.Type === type)
}

function waysFrom(state: State): string[] {
  return [
    state.Next,
    state.Default,
    ...(state.Choices ?? []).map(({ Next }) => Next),
    ...(state.Catch ?? []).map(({ Next }) => Next),
  ].filter((name) => name !== undefined)
}

/** Every state that can be reached from one of these, themselves included. */
function reachedFrom(
  kind: Machine,
  starts: readonly string[],
  closed: (state: State) => boolean = () => false,
) {
  const states = new Map(statesOf(kind))
  const reached = new Set<string>()
  const open = [...starts]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = states.get(name)
    if (state === undefined) throw new Error(`${kind} goes to ${name}, which is no state`)
    if (reached.has(name) || closed(state)) continue
    reached.add(name)
    open.push(...waysFrom(state))
  }
  return reached
}

test('the template has a machine of each kind, and no other', () => {
  expect(Object.keys(extracted).toSorted()).toEqual([...machines].toSorted())
  const all = Object.values(template.Resources).filter(
    ({ Type }) => Type === 'AWS::StepFunctions::StateMachine',
  )
  expect(all).toHaveLength(machines.length)
})

describe.each(machines)('the %s machine', (kind) => {
  test('is Amazon States Language to a validator of its own', () => {
    const copy = JSON.parse(JSON.stringify(extracted[kind].definition))
    const { isValid, errorsText } = aslValidator(copy, { checkPaths: true, checkArn: true })
    expect(isValid ? '' : errorsText('\n')).toBe('')
  })

  test('calls each of its steps from one state, and nothing else', () => {
    const called = Object.values(extracted[kind].tasks).map(({ step }) => step)
    expect(called.toSorted()).toEqual([...stepNames[kind]].toSorted())
    expect(Object.keys(extracted[kind].tasks).toSorted()).toEqual(
      ofType(kind, 'Task')
        .map(([name]) => name)
        .toSorted(),
    )
  })

  test('waits for no task without end', () => {
    for (const [name, state] of ofType(kind, 'Task')) {
      const task = extracted[kind].tasks[name]
      if (task === undefined) throw new Error(`${name} has no step`)
      expect([name, state.TimeoutSeconds]).toEqual([name, stepSeconds(task.step)])
      expect(task.timeoutSeconds).toBe(state.TimeoutSeconds)
    }
  })

  test('never retries a Problem, and everything else with growing pauses that chance spreads', () => {
    for (const [name, { Retry }] of ofType(kind, 'Task')) {
      expect([name, Retry]).toEqual([
        name,
        [
          { ErrorEquals: ['Problem'], MaxAttempts: 0 },
          {
            ErrorEquals: ['States.ALL'],
            MaxAttempts: expect.any(Number),
            IntervalSeconds: expect.any(Number),
            BackoffRate: expect.any(Number),
            MaxDelaySeconds: expect.any(Number),
            JitterStrategy: 'FULL',
          },
        ],
      ])
      const [, others] = Retry ?? []
      const { MaxAttempts = 0, IntervalSeconds = 0, BackoffRate = 1, MaxDelaySeconds = 0 } = others ?? {}
      const pauses = Array.from({ length: MaxAttempts }, (_, i) =>
        Math.min(IntervalSeconds * BackoffRate ** i, MaxDelaySeconds),
      )
      const longest = pauses.reduce((sum, pause) => sum + pause, 0)
      // About half a minute, as the constructs promise: a moment is no outage, and an outage is not waited for.
      expect(longest).toBeGreaterThan(15)
      expect(longest).toBeLessThan(60)
      expect(others?.BackoffRate).toBeGreaterThan(1)
      expect(others?.MaxAttempts).toBeGreaterThanOrEqual(3)
      expect(others?.MaxAttempts).toBeLessThanOrEqual(10)
    }
  })

  test('catches every error of every task, and remembers what it was asked for', () => {
    const undo = stateOf(extracted[kind] as ExtractedMachine, cleaning[kind])
    for (const [name, { Catch, ResultPath }] of ofType(kind, 'Task')) {
      const [failure, ...more] = Catch ?? []
      expect([name, failure?.ErrorEquals, failure?.ResultPath, more]).toEqual([
        name,
        ['States.ALL'],
        '$.failure',
        [],
      ])
      expect([name, ResultPath]).toEqual([name, '$.result'])
      if (name !== undo) expect([name, failure?.Next]).toEqual([name, undo])
    }
  })

  test('ends well where it was cleaned up, and as failed only where even the cleaning step fails', () => {
    const states = new Map(statesOf(kind))
    const undo = states.get(stateOf(extracted[kind], cleaning[kind]))
    const end = undo?.Catch?.[0]?.Next ?? ''
    expect(states.get(end)?.Type).toBe('Fail')
    expect(reachedFrom(kind, [end])).toEqual(new Set([end]))
    // It says when it is to be called again where something is held fast, and is done where it says nothing.
    const done = states.get(undo?.Next ?? '')
    expect(done?.Type).toBe('Choice')
    expect(states.get(done?.Default ?? '')?.Type).toBe('Succeed')
    const [later] = done?.Choices ?? []
    expect(states.get(later?.Next ?? '')).toMatchObject({
      Type: 'Wait',
      Next: stateOf(extracted[kind], cleaning[kind]),
    })
    const ways = statesOf(kind).filter(([, state]) => waysFrom(state).includes(end))
    expect(ways.map(([, state]) => state)).toEqual([undo])
  })

  test('hands its steps the operation and the execution, and the cleaning step the failure', () => {
    const undo = stateOf(extracted[kind], cleaning[kind])
    for (const [name, { Parameters = {} }] of ofType(kind, 'Task')) {
      const { 'operation.$': operation, 'execution.$': execution, ...more } = Parameters
      expect([name, operation, execution]).toEqual([name, '$.operation', '$.execution'])
      const advances = extracted[kind].tasks[name]?.step === 'advanceRollout'
      const expected =
        name === undo ? { 'failure.$': '$.failure' } : advances ? { 'step.$': '$.result.step' } : {}
      expect([name, more]).toEqual([name, expected])
    }
  })

  test('holds nothing that the interpreter and AWS take differently', () => {
    for (const [name, state] of statesOf(kind)) {
      const text = JSON.stringify(state)
      // Catching or retrying States.TaskFailed would match a timeout in one world and not in the other.
      expect([name, text.match(/States\.(?!ALL")\w*/g)]).toEqual([name, null])
      expect([name, text.match(/\$\$\.(?!Execution\.Name\b)[\w.]*/g)]).toEqual([name, null])
      expect([name, text.includes('"ResultPath":"$"')]).toEqual([name, false])
      expect([name, /HeartbeatSeconds|QueryLanguage|Assign|Arguments|"Output"/.test(text)]).toEqual([
        name,
        false,
      ])
      if (state.Type === 'Task')
        expect([name, state.Resource]).toEqual([
          name,
          expect.stringMatching(/^arn:aws:lambda:[^:]*:\d{12}:function:\w+$/),
        ])
    }
  })

  test('is made of tasks, choices, waits and ends, and nothing nested', () => {
    const types = new Set(statesOf(kind).map(([, { Type }]) => Type))
    expect(
      [...types].filter((type) => !['Task', 'Choice', 'Wait', 'Succeed', 'Fail'].includes(type)),
    ).toEqual([])
  })

  test('waits until a moment that a step answered', () => {
    for (const [name, { Type, Next, ...how }] of ofType(kind, 'Wait'))
      expect([name, how]).toEqual([name, { TimestampPath: '$.result.waitUntil' }])
  })

  test('has a way on from every choice, decided by what the last step answered', () => {
    for (const [name, { Choices, Default }] of ofType(kind, 'Choice')) {
      expect([name, typeof Default]).toEqual([name, 'string'])
      for (const choice of Choices ?? []) {
        const { Next, ...asked } = choice
        const byStatus = { Variable: '$.result.status', StringEquals: expect.stringMatching(/^[a-z]+$/) }
        const byMoment = { Variable: '$.result.waitUntil', IsPresent: true }
        expect([name, asked]).toEqual([name, 'IsPresent' in asked ? byMoment : byStatus])
      }
    }
  })

  test('reaches every state from its start, and an end from every state', () => {
    const names = statesOf(kind).map(([name]) => name)
    expect(reachedFrom(kind, [extracted[kind].definition.StartAt])).toEqual(new Set(names))
    const ends = statesOf(kind)
      .filter(([, { Type }]) => Type === 'Succeed' || Type === 'Fail')
      .map(([name]) => name)
    for (const name of names)
      expect([name, [...reachedFrom(kind, [name])].some((one) => ends.includes(one))]).toEqual([name, true])
  })

  test('goes round only by way of a wait', () => {
    for (const [name, state] of statesOf(kind)) {
      if (state.Type === 'Wait') continue
      const later = reachedFrom(kind, waysFrom(state), ({ Type }) => Type === 'Wait')
      expect([name, later.has(name)]).toEqual([name, false])
    }
  })

  test('that ran on the laptop equals the definition in the template after its intrinsics are resolved', async () => {
    const database = openDatabase(':memory:')
    const journal = new WatchedJournal(database)
    const runner = new MachineRunner(Promise.resolve(extracted), journal, () => {})
    runner.resume(scripted(smooth[kind]))
    const operation = operationOf(kind)
    await runner.start(operation)
    // While it runs: what has ended needs its definition no more.
    const row = database.prepare('select machine, definition from executions').get()
    expect(await journal.end(executionName(operation))).toBe('succeeded')
    database.close()
    expect(row?.['machine']).toBe(kind)
    const ran = JSON.parse(String(row?.['definition'])) as ExtractedMachine
    const { definition, stepOf } = definitionInTemplate(kind)
    expect(ran.definition).toEqual(definition)
    for (const [name, state] of Object.entries(definition.States))
      if (state.Type === 'Task') expect([name, ran.tasks[name]?.step]).toEqual([name, stepOf(state.Resource)])
    expect(Object.keys(definition.States).length).toBeGreaterThan(4)
  })
})

/** Read a machine out of the template anew, by rules of this test's own. */
function definitionInTemplate(kind: Machine) {
  const resources = template.Resources as Record<
    string,
    { Type: string; Metadata?: Record<string, unknown>; Properties?: { DefinitionString?: unknown } }
  >
  const machine = Object.values(resources).find(({ Metadata }) => Metadata?.[machineMetadata] === kind)
  const arn = (id: string) => `arn:aws:lambda:us-east-1:000000000000:function:${id}`
  const text = JSON.stringify(machine?.Properties?.DefinitionString)
    .replaceAll(/\{"Fn::GetAtt":\["(\w+)","Arn"\]\}/g, (_, id: string) => JSON.stringify(arn(id)))
    .replaceAll('{"Ref":"AWS::Partition"}', '"aws"')
  const parts = JSON.parse(text) as { 'Fn::Join': ['', string[]] } | string
  const joined = typeof parts === 'string' ? parts : parts['Fn::Join'][1].join('')
  const definition = JSON.parse(joined) as { States: Record<string, State> }
  const stepOf = (resource = '') => {
    const [id] = Object.entries(resources).find(([one]) => arn(one) === resource) ?? ['']
    return resources[id]?.Metadata?.[stepMetadata]
  }
  return { definition, stepOf }
}
