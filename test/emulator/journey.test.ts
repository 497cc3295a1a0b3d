import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DynamoRegistry } from '../../lambdas/aws/dynamo-registry.ts'
import {
  buildTime,
  isDebianMade,
  whereContainersRun,
  whereDebianIsMade,
} from '../containers/where-containers-run.ts'
import { cdk, deployAll, type Outputs } from '../harness/deployed/cdk.ts'
import { consoleJourney } from '../harness/deployed/console-journey.ts'
import { DeployedPlatform } from '../harness/deployed/deployed-platform.ts'
import { doorJourney } from '../harness/deployed/door-journey.ts'
import { farewellJourney } from '../harness/deployed/farewell-journey.ts'
import { foreignJourney } from '../harness/deployed/foreign-journey.ts'
import { graphJourney } from '../harness/deployed/graph-journey.ts'
import type { Door } from '../harness/deployed/place.ts'
import { promiseJourney } from '../harness/deployed/promise-journey.ts'
import { runtimesJourney } from '../harness/deployed/runtimes-journey.ts'
import { sweepJourney } from '../harness/deployed/sweep-journey.ts'
import { model, Travels, versionOf } from '../harness/deployed/travels.ts'
import { uploadJourney } from '../harness/deployed/upload-journey.ts'
import { provideDebianBases } from '../harness/emulator/lambda-base-image.ts'
import { versionRecord } from '../harness/records.ts'
import { Account } from './account.ts'
import { deployAsReadme } from './deploy.ts'
import { emulatorPlace } from './emulator-place.ts'

/** A release of the first version builds its runtime; any other takes seconds. */
const release = 240_000

/** The doors of a platform. The first is the README's; the others are of `platforms-app.ts`. */
const doors: readonly Door[] = [
  { stack: 'Sluice', platformName: 'sluice', gateway: 'HTTP', callers: 'iam' },
  { stack: 'Keys', platformName: 'keyed', gateway: 'HTTP', callers: 'keys' },
  { stack: 'Rest', platformName: 'rested', gateway: 'REST', callers: 'keys' },
]

whereContainersRun('in one account, deployed to the emulator,', () => {
  let account: Account
  const travels = new Map<string, Travels>()

  beforeAll(async () => {
    account = await Account.open()
    const place = emulatorPlace(account.emulator)
    const [outputs] = await Promise.all([
      allDeployed(account),
      isDebianMade ? provideDebianBases(account.engine) : undefined,
    ])
    for (const door of doors)
      travels.set(
        door.stack,
        new Travels(await DeployedPlatform.open(place, door, outputs[door.stack] ?? {})),
      )
  }, 900_000)
  afterAll(async () => {
    for (const one of travels.values()) one.close()
    await account?.close()
  }, 60_000)

  const travelsOf = (stack: string): Travels => {
    const found = travels.get(stack)
    if (found === undefined) throw new Error(`${stack} was not deployed`)
    return found
  }

  describe.each(doors)('behind $gateway, to callers by $callers, the platform $platformName', (door) => {
    const here = () => travelsOf(door.stack)
    doorJourney(here, door, release)
    promiseJourney(here, door, release)
    graphJourney(here, release)
    // One door below a stage with a key, one where IAM is asked: the third has nothing of its own.
    if (door.stack !== 'Keys') consoleJourney(here, door, release)
    farewellJourney(here, door, release)
    sweepJourney(here, release)

    test('runs model functions as containers of an engine, of the image with our digest', async () => {
      const { image } = await here().read<{ image: string }>('/models/iris/versions/1.0.0')
      const images = await account.engine.docker('ps', '--no-trunc', '--format', '{{.Image}}')
      expect(images).toContain(`/${door.platformName}/onnx@${image}`)
      const builds = account.builds.builds.filter(({ projectName }) => projectName.startsWith(door.stack))
      expect(builds.map(({ buildStatus }) => buildStatus)).toEqual(['SUCCEEDED'])
    })
  })

  describe('three platforms with a model of one name and version', () => {
    test('have functions of their own for it, named after them', async () => {
      for (const { stack, platformName } of doors) {
        const models = await travelsOf(stack).functions(`${platformName}-`)
        expect(models.map((name) => name.split('-').slice(0, 2).join('-')).toSorted()).toEqual(
          expect.arrayContaining(Array(3).fill(`${platformName}-iris`)),
        )
        expect(new Set(models).size).toBe(models.length)
      }
    })

    test('release only what is put into their own bucket', async () => {
      const released = async ({ stack }: Door) => (await travelsOf(stack).executionsOf('release')).length
      const before = await Promise.all(doors.map(released))
      await travelsOf('Keys').put('models/iris/1.3.0.onnx', await model('1.0.0'))
      await travelsOf('Keys').ready('iris', '1.3.0')
      const [first = 0, second = 0, third = 0] = before
      expect(await Promise.all(doors.map(released))).toEqual([first, second + 1, third])
      for (const stack of ['Sluice', 'Rest'])
        expect((await travelsOf(stack).platform.call('GET', '/models/iris/versions/1.3.0')).status).toBe(404)
    })

    test('move and retire it each for itself', async () => {
      const live = () =>
        Promise.all(doors.map(async ({ stack }) => versionOf(await travelsOf(stack).ask('iris'))))
      expect(await live()).toEqual(['1.0.0', '1.0.0', '1.0.0'])
      const { id } = await travelsOf('Keys').promote('iris', '1.3.0', { kind: 'all-at-once' })
      expect(await travelsOf('Keys').ended(id)).toMatchObject({ state: 'succeeded' })
      expect(await live()).toEqual(['1.0.0', '1.3.0', '1.0.0'])
      expect((await travelsOf('Rest').platform.call('GET', `/operations/${id}`)).status).toBe(404)
    })

    test('take no key of each other, and none where IAM is asked', async () => {
      const { key = '' } = travelsOf('Keys').platform
      const status = async (stack: string, path = '/models') =>
        (await travelsOf(stack).platform.send('GET', path, { authorization: `Bearer ${key}` })).status
      expect(await status('Keys')).toBe(200)
      expect(await status('Rest')).toBe(401)
      // Without AUTH the emulator looks for a header and verifies no signature: what is refused here is the path.
      for (const stack of ['Keys', 'Rest'])
        expect((await travelsOf(stack).platform.send('GET', '/keys', {})).status).toBe(403)
    })
  })

  describe('whatever the door, the platform', () => {
    const here = () => travelsOf('Sluice')
    uploadJourney(here, release)
    describe('with images of others', () => {
      foreignJourney(here, () => account.engine, buildTime)
    })

    whereDebianIsMade('with every runtime, by builds of the project’s own commands,', () => {
      runtimesJourney(here, buildTime)
    })

    test(
      'is the same stack with a thousand released versions: nothing of a version is in its template',
      async () => {
        const client = new DynamoDBClient(account.client)
        const { TableNames = [] } = await client.send(new ListTablesCommand({}))
        const table = TableNames.find((name) => name.startsWith('Sluice-')) ?? ''
        const registry = new DynamoRegistry(DynamoDBDocumentClient.from(client), table)
        for (let i = 0; i < 1000; i += 1)
          await registry.claim(versionRecord('many', `1.${i}.0`, { state: 'READY' }))
        const { models } = await here().read<{ models: { model: string; versions: number }[] }>('/models')
        expect(models.find((one) => one.model === 'many')).toMatchObject({ versions: 1000 })
        const differences = await cdk(account.emulator.environment, 'bin/app.ts', 'diff', '--fail')
        expect(differences).toContain('Number of stacks with differences: 0')
      },
      release,
    )
  })
})

async function allDeployed({ emulator }: Account): Promise<Readonly<Record<string, Outputs>>> {
  return {
    Sluice: await deployAsReadme(emulator),
    ...(await deployAll(emulator.environment, 'test/emulator/platforms-app.ts')),
  }
}
