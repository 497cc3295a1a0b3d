import { beforeAll, describe, expect, test } from '@jest/globals'
import { type Machine, machines } from '../../lib/rules/operation.ts'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { machinesOfTemplate } from '../harness/machines.ts'
import { interpret, type Json } from '../harness/memory-world/interpreter.ts'
import { impatient, play, type Script, soon } from '../machines/stage.ts'
import { Chance } from '../refusals/fuzz/mutations.ts'

/** The interpreter of the simulation is no second truth: what it makes of a machine, the one of the laptop makes of it. */

let quick: ExtractedMachines

beforeAll(async () => {
  quick = impatient(await machinesOfTemplate())
})

/** What a step answers or throws on a visit, drawn from a seed: everything that a machine tells apart, and more. */
function outcomeOf(seed: number, step: StepName, visit: number): object | Error {
  const chance = new Chance(
    seed * 1000 + visit * 31 + [...step].reduce((sum, one) => sum + one.charCodeAt(0), 0),
  )
  const drawn = chance.draw()
  if (drawn < 0.1)
    return Object.assign(new Error('{"code":"endpoint-failed","detail":"x","errors":[]}'), {
      name: 'Problem',
    })
  if (drawn < 0.25) return new RangeError('full')
  // Sooner or later every loop is left.
  const status = visit > 3 ? 'over' : chance.pick(statuses)
  return { status, step: 0, ...(drawn < 0.7 && visit < 3 && { waitUntil: soon() }) }
}

const statuses = [
  ...['freeze', 'inspect', 'pack', 'deploy', 'ready', 'duplicate', 'frozen', 'waiting', 'packed', 'building'],
  ...[
    'active',
    'creating',
    'baking',
    'waking',
    'hold',
    'advance',
    'rollback',
    'continue',
    'promoted',
    'gone',
  ],
  ...['probed', 'retired', 'over', 'neither'],
] as const

/** Choices that wait want a time: where there is none, no interpreter knows what to do. */
const waiting = new Set<unknown>(['waiting', 'building', 'creating', 'baking', 'waking', 'hold'])

function scripted(seed: number, step: StepName, visit: number): object {
  const outcome = outcomeOf(seed, step, visit)
  if (Error.isError(outcome)) throw outcome
  return 'status' in outcome && waiting.has(outcome.status) ? { ...outcome, waitUntil: soon() } : outcome
}

/** The same run here: the steps that were called, with what, and the end. */
async function interpreted(kind: Machine, seed: number) {
  const visits = new Map<StepName, number>()
  const calls: { step: StepName; input: Json }[] = []
  const machine = quick[kind]
  const outcome = await interpret(
    machine,
    { operation: `${kind}-1`, execution: 0 },
    {
      now: () => Date.now(),
      pause: async () => {},
      draw: () => 0,
      call: async (state, input) => {
        const step = machine.tasks[state]?.step as StepName
        const visit = visits.get(step) ?? 0
        visits.set(step, visit + 1)
        calls.push({ step, input })
        try {
          return scripted(seed, step, visit) as Json
        } catch (thrown) {
          const { name, message } = thrown as Error
          const cause = JSON.stringify({ errorType: name, errorMessage: message, trace: [] })
          throw Object.assign(new Error(cause), { name })
        }
      },
    },
  )
  return { calls: calls.map(untimed), outcome }
}

/** Times differ from run to run, and only in the failure that a Catch hands on can anything else stand. */
function untimed({ step, input }: { readonly step: StepName; readonly input: unknown }) {
  return { step, input: JSON.parse(JSON.stringify(input)) as Json }
}

describe.each(machines)('the machine of a %s', (kind) => {
  test('goes the same way through both interpreters, whatever its steps say', async () => {
    const ways = new Set<string>()
    for (let seed = 0; seed < 40; seed += 1) {
      const steps = [...new Set(Object.values(quick[kind].tasks).map(({ step }) => step))]
      const script: Script = Object.fromEntries(
        steps.map((step) => [step, (visit: number) => scripted(seed, step, visit)]),
      )
      const theirs = await play(quick, kind, script)
      const ours = await interpreted(kind, seed)
      expect({ seed, ...ours }).toEqual({ seed, calls: theirs.calls.map(untimed), outcome: theirs.outcome })
      ways.add(ours.calls.map(({ step }) => step).join())
    }
    expect(ways.size).toBeGreaterThan(5)
  }, 120_000)
})

test('what it does not know, it refuses', async () => {
  const definition = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }
  const around = { now: () => 0, pause: async () => {}, draw: () => 0, call: async () => null }
  await expect(interpret({ definition }, {}, around)).rejects.toThrow('not interpreted here')
  const outside = { StartAt: 'A', States: { A: { Type: 'Task', OutputPath: '$.x', End: true } } }
  await expect(interpret({ definition: outside }, {}, around)).rejects.toThrow('OutputPath')
})
