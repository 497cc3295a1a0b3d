import { beforeAll, describe, expect, test } from '@jest/globals'
import { derivedCalls, variablesOf } from './calls.ts'
import { Deployment } from './deployment.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { platforms } from './platforms.ts'
import { policiesOf } from './policies.ts'
import { type Finding, findings, type World } from './proof.ts'
import { commandsInCode, portMethods } from './reach.ts'
import { type Recording, recordAll } from './recorded.ts'
import { everyAction, Universe } from './universe.ts'

describe.each(platforms)('the roles of a platform $what', ({ props }) => {
  let recording: Recording
  let world: World

  beforeAll(async () => {
    const deployment = new Deployment(props)
    const [first] = deployment.ofType('AWS::Lambda::Function')
    recording = await recordAll(first === undefined ? {} : variablesOf(deployment, first[1]))
    world = {
      policies: policiesOf(deployment),
      derived: await derivedCalls(deployment, recording),
      universe: new Universe(deployment),
      actions: await everyAction(),
    }
  })

  test('are proven for every method of every port, and every command that the adapters make', () => {
    expect([...recording.keys()].toSorted()).toEqual(portMethods().toSorted())
    const sent = new Set([...recording.values()].flat().map(({ command }) => command.split('.')[1]))
    expect(commandsInCode().filter((command) => !sent.has(command))).toEqual([])
    expect(world.derived.unmapped).toEqual([])
  })

  test('allow every call, nothing beside the calls, and nobody else', async () => {
    const found: Finding[] = []
    for (const role of world.policies.roles.values())
      for await (const one of findings(world, role)) found.push(one)
    expect(found.map(({ role, what }) => `${role}: ${what}`)).toEqual([])
  })

  test('are caught with any one fault in them', async () => {
    const began = performance.now()
    const mutants = [...world.policies.roles.values()].flatMap((role) => mutantsOf(role, world.actions))
    const survivors: string[] = []
    for (const mutant of mutants) if (!(await isCaught(mutant))) survivors.push(mutant.what)
    const calls = [...world.derived.holders.values()].flatMap((holder) => holder.calls)
    process.stdout.write(
      `${calls.length} calls of ${world.policies.roles.size} roles, ${world.derived.unmapped.length} unmapped, ` +
        `0 ignored condition keys; ${mutants.length} mutants, ${mutants.length - survivors.length} killed ` +
        `(${((performance.now() - began) / 1000).toFixed(1)} s)\n`,
    )
    expect(survivors).toEqual([])
    expect(mutants.length).toBeGreaterThanOrEqual(200)
  })

  async function isCaught({ role, touched }: Mutant): Promise<boolean> {
    for await (const _ of findings(world, role, touched)) return true
    return false
  }
})
