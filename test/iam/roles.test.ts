import { beforeAll, describe, expect, test } from '@jest/globals'
import { derivedCalls } from './calls.ts'
import { Deployment } from './deployment.ts'
import { variablesOf } from './holder.ts'
import { guardMutantsOf, mutantsOf } from './mutants.ts'
import { platforms } from './platforms.ts'
import { policiesOf } from './policies.ts'
import { type Finding, findings, ignoredKeys, type World } from './proof.ts'
import { commandsInCode, portMethods } from './reach.ts'
import { type Recording, recordAll } from './recorded.ts'
import { type ServiceCall, serviceCalls } from './service-calls.ts'
import { type Guarded, guardFindings } from './service-proof.ts'
import { everyAction, Universe } from './universe.ts'

/** What another platform has in the very same words, with the very same calls, has fallen by each of its faults there. */
const known = new Set<string>()

function isKnown(proven: unknown): boolean {
  const text = JSON.stringify(proven)
  const was = known.has(text)
  known.add(text)
  return was
}

describe.each(platforms)('the roles of a platform $what', ({ props }) => {
  let recording: Recording
  let world: World
  let services: readonly ServiceCall[]
  let ignored: readonly string[] = []

  beforeAll(async () => {
    const deployment = new Deployment(props)
    // Some are told more than others, and nobody what would contradict them.
    const told = deployment.ofType('AWS::Lambda::Function').map(([, one]) => variablesOf(deployment, one))
    recording = await recordAll(Object.assign({}, ...told))
    services = serviceCalls(deployment)
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

  test('are judged by every condition key that a call tells', async () => {
    ignored = await ignoredKeys(world)
    expect(ignored).toEqual([])
  })

  test('are joined by resources that let in the services that call them, and nobody else', async () => {
    const found: string[] = []
    for (const guarded of guards()) for await (const one of guardFindings(guarded)) found.push(one)
    expect(found).toEqual([])
  })

  test('are caught with any one fault in them, or in the policy of a resource', async () => {
    const began = performance.now()
    const survivors: string[] = []
    let mutants = 0
    for (const role of world.policies.roles.values()) {
      const faulty = mutantsOf(role, world.actions)
      mutants += faulty.length
      if (isKnown([role, world.derived.holders.get(role.id)])) continue
      for (const { what, role: mutant, touched } of faulty)
        if (await isEmpty(findings(world, mutant, touched))) survivors.push(what)
    }
    for (const guarded of guards()) {
      const faulty = guardMutantsOf(guarded.statements, world.actions)
      mutants += faulty.length
      if (isKnown([guarded.arn, guarded.statements, guarded.calls])) continue
      for (const { what, statements } of faulty)
        if (await isEmpty(guardFindings({ ...guarded, statements })))
          survivors.push(`${guarded.arn}, ${what}`)
    }
    tell(mutants, survivors.length, performance.now() - began)
    expect(survivors).toEqual([])
    expect(mutants).toBeGreaterThanOrEqual(200)
  })

  function guards(): Guarded[] {
    return [...world.policies.resources].map(([arn, statements]) => ({
      arn,
      statements,
      calls: services,
      actions: world.actions,
    }))
  }

  function tell(mutants: number, survivors: number, milliseconds: number): void {
    const { policies, derived } = world
    const calls = [...derived.holders.values()].reduce((sum, holder) => sum + holder.calls.length, 0)
    process.stdout.write(
      `${calls} calls of ${policies.roles.size} roles and ${services.length} of services, ` +
        `${derived.unmapped.length} unmapped, ${ignored.length} ignored condition keys; ` +
        `${mutants} mutants, ${mutants - survivors} killed (${(milliseconds / 1000).toFixed(1)} s)\n`,
    )
  }
})

async function isEmpty(found: AsyncGenerator<unknown>): Promise<boolean> {
  for await (const _ of found) return false
  return true
}
