import { CreateFunctionCommand, GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { expect, test } from '@jest/globals'
import { endpointTags } from '../../../lib/rules/endpoint-tags.ts'
import { resourceName } from '../../../lib/rules/names.ts'
import type { Operation } from '../../../lib/rules/operation.ts'
import type { Repair, Sweep } from '../../../lib/rules/reconcile.ts'
import { holds } from './farewell-journey.ts'
import { kept } from './promise-journey.ts'
import { type Travels, versionOf } from './travels.ts'

/** What died half-way is mended by the sweeper's own function; after `farewellJourney`. */
export function sweepJourney(here: () => Travels, patienceMs: number): void {
  /** Called by hand, and not to wait: what it finds has died just now. */
  const sweep = async (dryRun: boolean): Promise<Sweep> => {
    const { Payload, FunctionError } = await here().invoke('ModelsSweeper', {
      dryRun,
      patience: { operationMs: 0, endpointMs: 0 },
    })
    const told = Payload?.transformToString() ?? ''
    if (FunctionError !== undefined) throw new Error(told)
    return JSON.parse(told)
  }
  const ofUs = (repairs: readonly Repair[]) =>
    repairs.filter(({ model }) => model === kept).map(({ kind, version }) => `${kind} ${version}`)

  test(
    'removes what was made for nobody, and starts anew what died, and says both in the history',
    async () => {
      const orphan = await makeOrphan(here())
      const { id } = await here().promote(kept, '1.2.0', 'canary:10%/3600s')
      await here().bakes(id, 0)
      await here().stopExecutions('promotion', id)

      expect(ofUs((await sweep(true)).repairs).toSorted()).toEqual(['removed 9.9.9', 'restarted 1.2.0'])
      expect(await here().functions(orphan)).toEqual([orphan])
      expect(ofUs((await sweep(false)).repairs).toSorted()).toEqual(['removed 9.9.9', 'restarted 1.2.0'])
      expect(await here().functions(orphan)).toEqual([])

      const operation = await here().read<Operation>(`/operations/${id}`)
      expect(operation).toMatchObject({ state: 'running', executions: 1, restarts: 1 })
      const repaired = (await here().history(kept)).filter(({ kind }) => kind === 'repaired')
      expect(repaired.map(({ actor, version }) => `${actor} ${version}`).toSorted()).toEqual([
        'sweeper 1.2.0',
        'sweeper 9.9.9',
      ])
      expect(ofUs((await sweep(false)).repairs)).toEqual([])
      // It is led again: a hand that ends it is seen.
      await here().control(id, 'abort', { reason: 'enough' })
      expect(await here().ended(id)).toMatchObject({ state: 'rolled-back' })
      expect(versionOf(await here().ask(kept, { x: 1 }))).toBe('1.4.0')
    },
    patienceMs,
  )

  test('has a history that holds, after all of that', () => holds(here()))
}

/** A function with our name and our tags, of a version that nobody knows: what a release leaves that was cut off. */
async function makeOrphan({ platform }: Travels): Promise<string> {
  const { platformName } = platform.door
  const client = new LambdaClient(platform.place.client)
  const sibling = resourceName(platformName, kept, '1.2.0')
  const { Code, Configuration } = await client.send(new GetFunctionCommand({ FunctionName: sibling }))
  const name = resourceName(platformName, kept, '9.9.9')
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Description: `${kept} 9.9.9`,
      PackageType: 'Image',
      Code: { ImageUri: Code?.ImageUri },
      Role: Configuration?.Role,
      Architectures: Configuration?.Architectures,
      Tags: endpointTags(platformName, kept, '9.9.9'),
    }),
  )
  client.destroy()
  return name
}
