import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DynamoRegistry } from '../../lambdas/aws/dynamo-registry.ts'
import { findBreak, type HistoryEntry } from '../../lib/rules/audit.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { sluiceRun } from '../cli/command.ts'
import { whereContainersRun } from '../containers/where-containers-run.ts'
import { versionRecord } from '../harness/records.ts'
import { until } from '../harness/until.ts'
import { Account } from './account.ts'
import { cdk, deployAll, deployAsReadme } from './deploy.ts'
import { DeployedPlatform, type Door } from './deployed-platform.ts'
import { canary, created, iris, model, oneRow, release, Travels, versionOf } from './travels.ts'

/** The doors of a platform. The first is the README's; the others are of `platforms-app.ts`. */
const doors: readonly Door[] = [
  { stack: 'Sluice', platformName: 'sluice', gateway: 'HTTP', callers: 'iam' },
  { stack: 'Keys', platformName: 'keyed', gateway: 'HTTP', callers: 'keys' },
  { stack: 'Rest', platformName: 'rested', gateway: 'REST', callers: 'keys' },
]

whereContainersRun('in one account, deployed to the emulator,', () => {
  let account: Account
  const travels = new Map<string, Travels>()
  let rows: readonly unknown[]

  beforeAll(async () => {
    account = await Account.open()
    const outputs = {
      Sluice: await deployAsReadme(account.emulator),
      ...(await deployAll(account.emulator, 'test/emulator/platforms-app.ts')),
    }
    for (const door of doors)
      travels.set(
        door.stack,
        new Travels(await DeployedPlatform.open(account, door, outputs[door.stack as keyof typeof outputs])),
      )
    rows = JSON.parse(await readFile(join(iris, 'rows.json'), 'utf8'))
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

    test(
      'releases a model that is put into the bucket, and it answers at its versioned path',
      async () => {
        await here().put('models/iris/1.0.0.onnx', await model('1.0.0'))
        await here().ready('iris', '1.0.0')
        const answer = await here().ask('iris/versions/1.0.0')
        expect([answer.status, versionOf(answer)]).toEqual([200, '1.0.0'])
        expect(JSON.parse(answer.body).predictions[0]).toMatchObject({ species: 'setosa' })
        expect(answer.headers['model-digest']).toMatch(/^sha256:[0-9a-f]{64}$/)
        // The first version of a model goes live by itself.
        await until('it is live', async () => (await here().ask('iris')).status === 200, 60_000)
      },
      release,
    )

    test('runs model functions as containers of an engine, of the image with our digest', async () => {
      const { image } = await here().read<{ image: string }>('/models/iris/versions/1.0.0')
      const running = (await account.engine.docker('ps', '--quiet')).split('\n')
      const images = await account.engine.docker('inspect', '--format', '{{.Config.Image}}', ...running)
      expect(images).toContain(`/${door.platformName}/onnx@${image}`)
      const builds = account.builds.builds.filter(({ projectName }) => projectName.startsWith(door.stack))
      expect(builds.map(({ buildStatus }) => buildStatus)).toEqual(['SUCCEEDED'])
    })

    test(
      'moves a second version by a canary under traffic, and no answer fails',
      async () => {
        await here().put('models/iris/1.1.0.onnx', await model('1.1.0'))
        await here().ready('iris', '1.1.0')
        const { id } = await here().promote('iris', '1.1.0', canary)
        const { result, answers } = await here().underTraffic('iris', rows, here().ended(id))
        expect(result).toMatchObject({ state: 'succeeded' })
        expect(answers.filter(({ status }) => status !== 200)).toEqual([])
        expect(new Set(answers.map(versionOf))).toEqual(new Set(['1.0.0', '1.1.0']))
        expect(versionOf(await here().ask('iris/versions/1'))).toBe('1.1.0')
      },
      release,
    )

    test(
      'takes a bad third version back by the verdict',
      async () => {
        await here().put('models/iris/1.2.0.onnx', await model('1.2.0'))
        await here().ready('iris', '1.2.0')
        const { id } = await here().promote('iris', '1.2.0', canary)
        const { result, answers } = await here().underTraffic('iris', rows, here().ended(id))
        expect(result).toMatchObject({ state: 'rolled-back', problem: { code: 'rolled-back' } })
        const failed = answers.filter(({ status }) => status !== 200)
        expect(new Set(failed.map(versionOf))).toEqual(new Set(['1.2.0']))
        expect(versionOf(await here().ask('iris'))).toBe('1.1.0')
        expect(versionOf(await here().ask('iris/versions/1'))).toBe('1.1.0')
      },
      release,
    )

    test(
      'rolls back by hand within a second, and the first version still answers',
      async () => {
        const asked = performance.now()
        const { status, body } = await here().platform.call('POST', '/models/iris/rollbacks', {
          reason: 'by hand',
        })
        expect(status).toBe(202)
        await until(
          'the first version is back',
          async () => versionOf(await here().ask('iris')) === '1.0.0',
          5000,
        )
        const tookMs = performance.now() - asked
        console.log(
          `rollback asked to first answer by the old version: ${Math.round(tookMs)} ms, on the emulator`,
        )
        expect(await here().ended((JSON.parse(body) as Operation).id)).toMatchObject({ state: 'succeeded' })
        for (const version of ['1.0.0', '1.1.0'])
          expect((await here().ask(`iris/versions/${version}`)).status).toBe(200)
      },
      release,
    )

    test('keeps every move in a chain of records that holds', async () => {
      const { rev, head } = await here().read<{ rev: number; head: string }>('/models/iris')
      const { entries } = await here().read<{ entries: HistoryEntry[] }>('/models/iris/history')
      expect(findBreak(entries, { rev, head })).toBeUndefined()
      const kinds = entries.map(({ kind, version }) => `${kind} ${version}`)
      expect(kinds).toEqual([
        'released 1.0.0',
        'promoted 1.0.0',
        'released 1.1.0',
        'canary-started 1.1.0',
        'promoted 1.1.0',
        'released 1.2.0',
        'canary-started 1.2.0',
        'rolled-back 1.1.0',
        'rolled-back 1.0.0',
      ])
    })

    test('refuses who is not signed in, and says of a wrong request what is wrong', async () => {
      const { platform } = here()
      for (const [method, path] of [
        ['GET', '/models'],
        ['POST', '/models/iris/invocations'],
        ['POST', '/models/iris/rollbacks'],
        ['GET', '/keys'],
      ] as const) {
        const { status, body } = await platform.send(method, path, {}, method === 'POST' ? '{}' : undefined)
        expect([401, 403]).toContain(status)
        // Only a REST API can refuse in our words.
        if (door.gateway === 'REST')
          expect(JSON.parse(body)).toMatchObject({ status, title: expect.any(String) })
      }
      const answer = await here().ask('iris', { ...oneRow, petal_width: 'wide' })
      expect(answer.status).toBe(422)
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'request-invalid' })
      expect((await here().ask('nobody')).status).toBe(404)
    })

    test(
      'is spoken to by the command, which pushes a folder and watches its release',
      async () => {
        const { commandUrl: url, environment: env } = here().platform
        const folder = await mkdtemp(join(tmpdir(), 'sluice-push-'))
        await writeFile(join(folder, 'model.onnx'), await model('1.0.0'))
        await writeFile(join(folder, 'model.yaml'), 'model: pushed\nversion: 1.0.0\n')
        const pushed = await sluiceRun(['--platform', url, '--json', 'push', folder], { env })
        expect([pushed.stderr, pushed.code]).toEqual([expect.any(String), 0])
        expect(pushed.json).toMatchObject({ model: 'pushed', version: '1.0.0', state: 'READY' })
        const again = await sluiceRun(['--platform', url, '--json', 'push', folder], { env })
        expect([again.code, again.json]).toEqual([1, expect.objectContaining({ code: 'version-exists' })])
        await rm(folder, { recursive: true })
      },
      release,
    )
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

    test(
      'releases once what is told twice, late and out of order',
      async () => {
        const before = (await here().executionsOf('release')).length
        for (const key of ['models/iris/1.1.0.onnx', 'models/iris/1.0.0.onnx', 'models/iris/1.1.0.onnx'])
          await here().invoke('ModelsIntake', created(key))
        await here().put('models/twice/1.0.0.onnx', await model('1.0.0'))
        await Promise.all(
          [1, 2, 3].map(() => here().invoke('ModelsIntake', created('models/twice/1.0.0.onnx'))),
        )
        await here().ready('twice', '1.0.0')
        expect((await here().executionsOf('release')).length).toBe(before + 1)
      },
      release,
    )

    test('changes nothing by an overwritten key', async () => {
      const before = await here().read<{ digest: string; operation: string }>('/models/iris/versions/1.0.0')
      const executions = (await here().executionsOf('release')).length
      await here().put('models/iris/1.0.0.onnx', await model('1.2.0'))
      await pause(3000)
      expect(await here().read('/models/iris/versions/1.0.0')).toEqual(before)
      expect((await here().executionsOf('release')).length).toBe(executions)
      expect((await here().ask('iris/versions/1.0.0', rows[0])).status).toBe(200)
    }, 30_000)

    test(
      'waits for all files of a folder copied with the manifest first, and takes none of them for a release',
      async () => {
        const folder = join(iris, '1.0.0')
        const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile() && entry.name !== 'model.yaml')
          .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        const files = await Promise.all(
          paths.map(async (path) => {
            const bytes = await readFile(join(folder, path))
            return { path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
          }),
        )
        // The model comes alone at first: it is a file of a folder, and no release called `model`.
        await here().put('models/churn/1.4.0/model.onnx', await model('1.0.0'))
        const manifest = {
          examples: [
            { request: 'examples/setosa.json', expect: 'examples/setosa.expected.json', tolerance: 1e-5 },
          ],
          files,
        }
        await here().put('models/churn/1.4.0/model.yaml', Buffer.from(JSON.stringify(manifest)))
        await pause(6000)
        expect(await here().state('churn', '1.4.0')).toBe('CREATING')
        for (const path of paths.toSorted().toReversed())
          await here().put(`models/churn/1.4.0/${path}`, await readFile(join(folder, path)))
        await here().ready('churn', '1.4.0')
        expect((await here().read<{ files: unknown[] }>('/models/churn/versions/1.4.0')).files).toHaveLength(
          paths.length + 1,
        )
        const { models } = await here().read<{ models: { model: string; versions: number }[] }>('/models')
        expect(models.find((one) => one.model === 'churn')).toMatchObject({ versions: 1 })
      },
      release,
    )

    test(
      'finds by its listing an upload whose event was lost',
      async () => {
        const client = new EventBridgeClient(account.client)
        const { Rules = [] } = await client.send(new ListRulesCommand({}))
        const rule = Rules.find(
          ({ Name, EventPattern }) => Name?.startsWith('Sluice-') && EventPattern?.includes('Object Created'),
        )
        await client.send(new DisableRuleCommand({ Name: rule?.Name }))
        await here().put('models/lost/1.0.0.onnx', await model('1.0.0'))
        await pause(2000)
        expect((await here().platform.call('GET', '/models/lost')).status).toBe(404)
        await client.send(new EnableRuleCommand({ Name: rule?.Name }))
        await here().invoke('ModelsLostUploads', {})
        await here().ready('lost', '1.0.0')
      },
      release,
    )

    test(
      'is the same stack with a thousand released versions: nothing of a version is in its template',
      async () => {
        const differences = () => cdk(account.emulator, 'bin/app.ts', 'diff', '--fail')
        expect(await differences()).toContain('Number of stacks with differences: 0')
        const client = new DynamoDBClient(account.client)
        const { TableNames = [] } = await client.send(new ListTablesCommand({}))
        const table = TableNames.find((name) => name.startsWith('Sluice-')) ?? ''
        const registry = new DynamoRegistry(DynamoDBDocumentClient.from(client), table)
        for (let i = 0; i < 1000; i += 1)
          await registry.claim(versionRecord('many', `1.${i}.0`, { state: 'READY' }))
        const { models } = await here().read<{ models: { model: string; versions: number }[] }>('/models')
        expect(models.find((one) => one.model === 'many')).toMatchObject({ versions: 1000 })
        expect(await differences()).toContain('Number of stacks with differences: 0')
      },
      release,
    )
  })
})
