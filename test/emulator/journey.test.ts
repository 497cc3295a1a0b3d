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
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { paginateListExecutions, paginateListStateMachines, SFNClient } from '@aws-sdk/client-sfn'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { DynamoRegistry } from '../../lambdas/aws/dynamo-registry.ts'
import { findBreak, type HistoryEntry } from '../../lib/rules/audit.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { sluiceRun } from '../cli/command.ts'
import { whereContainersRun } from '../containers/where-containers-run.ts'
import { versionRecord } from '../harness/records.ts'
import { until } from '../harness/until.ts'
import { type Answer, cdk, DeployedPlatform } from './deployed-platform.ts'

const iris = join(import.meta.dirname, '..', '..', 'examples', 'iris')
const oneRow = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }
/** A release of the first version builds its runtime; any other takes seconds. */
const release = 240_000

whereContainersRun('the platform, deployed to the emulator', () => {
  let platform: DeployedPlatform
  let s3: S3Client
  let rows: readonly unknown[]

  beforeAll(async () => {
    platform = await DeployedPlatform.deploy()
    s3 = new S3Client({ ...platform.account.client, forcePathStyle: true })
    rows = JSON.parse(await readFile(join(iris, 'rows.json'), 'utf8'))
  }, 600_000)
  afterAll(async () => {
    s3?.destroy()
    await platform?.stop()
  }, 60_000)

  const put = (Key: string, Body: Uint8Array) =>
    s3.send(new PutObjectCommand({ Bucket: platform.bucket, Key, Body }))
  const model = (version: string) => readFile(join(iris, version, 'model.onnx'))
  const read = async <T>(path: string): Promise<T> => JSON.parse((await platform.call('GET', path)).body)
  const ask = (path: string, row: unknown = oneRow) =>
    platform.call('POST', `/models/${path}/invocations`, row)
  const versionOf = ({ headers }: Answer) => headers['model-version']
  const state = async (name: string, version: string) =>
    (await read<{ state?: string }>(`/models/${name}/versions/${version}`)).state

  const ready = (name: string, version: string) =>
    until(
      `${name} ${version} is ready`,
      async () => {
        const now = await state(name, version)
        if (now === 'FAILED') throw new Error((await platform.call('GET', `/models/${name}/operations`)).body)
        return now === 'READY'
      },
      release,
    )

  const ended = (id: string, within = release) =>
    until(
      `${id} ends`,
      async () => {
        const operation = await read<Operation>(`/operations/${id}`)
        return operation.state !== 'running' && operation
      },
      within,
    )

  /** An application that keeps asking the live alias until something has come about. @returns what it was answered */
  async function underTraffic<T>(
    name: string,
    work: Promise<T>,
  ): Promise<{ readonly result: T; readonly answers: readonly Answer[] }> {
    const answers: Answer[] = []
    let over = false
    const result = work.finally(() => {
      over = true
    })
    const caller = async (first: number) => {
      for (let i = first; !over; i += 1) answers.push(await ask(name, rows[i % rows.length]))
    }
    await Promise.all([0, 40, 80, 120].map(caller))
    return { result: await result, answers }
  }

  const promote = async (name: string, version: string, rollout: unknown) =>
    JSON.parse(
      (await platform.call('POST', `/models/${name}/promotions`, { version, rollout })).body,
    ) as Operation
  const canary = { kind: 'canary', steps: [{ weightPercent: 40, bakeTimeSeconds: 10 }] }

  const functionNamed = async (part: string) => {
    const client = new LambdaClient(platform.account.client)
    for await (const { Functions = [] } of paginateListFunctions({ client }, {}))
      for (const { FunctionName } of Functions) if (FunctionName?.includes(part)) return FunctionName
    throw new Error(`no function ${part}`)
  }
  const invoke = async (part: string, event: unknown) =>
    new LambdaClient(platform.account.client).send(
      new InvokeCommand({ FunctionName: await functionNamed(part), Payload: JSON.stringify(event) }),
    )
  const created = (key: string) => ({ detail: { object: { key }, requester: 'ada' } })
  const executionsOf = async (kind: string) => {
    const client = new SFNClient(platform.account.client)
    const names: string[] = []
    for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {}))
      for (const { name = '', stateMachineArn } of stateMachines) {
        if (!name.endsWith(`-${kind}`)) continue
        for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn }))
          names.push(...executions.map((execution) => execution.name ?? ''))
      }
    return names
  }

  test(
    'releases a model that is put into the bucket, and it answers at its versioned path',
    async () => {
      await put('models/iris/1.0.0.onnx', await model('1.0.0'))
      await ready('iris', '1.0.0')
      const answer = await ask('iris/versions/1.0.0')
      expect([answer.status, versionOf(answer)]).toEqual([200, '1.0.0'])
      expect(JSON.parse(answer.body).predictions[0]).toMatchObject({ species: 'setosa' })
      expect(answer.headers['model-digest']).toMatch(/^sha256:[0-9a-f]{64}$/)
      // The first version of a model goes live by itself.
      await until('it is live', async () => (await ask('iris')).status === 200, 60_000)
    },
    release,
  )

  test('runs model functions as containers of an engine, of the image with our digest', async () => {
    const { image } = await read<{ image: string }>('/models/iris/versions/1.0.0')
    const running = (await platform.account.engine.docker('ps', '--quiet')).split('\n')
    const images = await platform.account.engine.docker(
      'inspect',
      '--format',
      '{{.Config.Image}}',
      ...running,
    )
    expect(images).toContain(`/sluice/onnx@${image}`)
    expect(platform.account.builds.builds.map(({ buildStatus }) => buildStatus)).toEqual(['SUCCEEDED'])
  })

  test(
    'moves a second version by a canary under traffic, and no answer fails',
    async () => {
      await put('models/iris/1.1.0.onnx', await model('1.1.0'))
      await ready('iris', '1.1.0')
      const { id } = await promote('iris', '1.1.0', canary)
      const { result, answers } = await underTraffic('iris', ended(id))
      expect(result).toMatchObject({ state: 'succeeded' })
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      expect(new Set(answers.map(versionOf))).toEqual(new Set(['1.0.0', '1.1.0']))
      expect(versionOf(await ask('iris/versions/1'))).toBe('1.1.0')
    },
    release,
  )

  test(
    'takes a bad third version back by the verdict',
    async () => {
      await put('models/iris/1.2.0.onnx', await model('1.2.0'))
      await ready('iris', '1.2.0')
      const { id } = await promote('iris', '1.2.0', canary)
      const { result, answers } = await underTraffic('iris', ended(id))
      expect(result).toMatchObject({ state: 'rolled-back', problem: { code: 'rolled-back' } })
      const failed = answers.filter(({ status }) => status !== 200)
      expect(new Set(failed.map(versionOf))).toEqual(new Set(['1.2.0']))
      expect(versionOf(await ask('iris'))).toBe('1.1.0')
      expect(versionOf(await ask('iris/versions/1'))).toBe('1.1.0')
    },
    release,
  )

  test(
    'rolls back by hand within a second, and the first version still answers',
    async () => {
      const asked = performance.now()
      const { status, body } = await platform.call('POST', '/models/iris/rollbacks', { reason: 'by hand' })
      expect(status).toBe(202)
      await until('the first version is back', async () => versionOf(await ask('iris')) === '1.0.0', 5000)
      const tookMs = performance.now() - asked
      console.log(
        `rollback asked to first answer by the old version: ${Math.round(tookMs)} ms, on the emulator`,
      )
      expect(await ended((JSON.parse(body) as Operation).id)).toMatchObject({ state: 'succeeded' })
      for (const version of ['1.0.0', '1.1.0'])
        expect((await ask(`iris/versions/${version}`)).status).toBe(200)
    },
    release,
  )

  test('keeps every move in a chain of records that holds', async () => {
    const { rev, head } = await read<{ rev: number; head: string }>('/models/iris')
    const { entries } = await read<{ entries: HistoryEntry[] }>('/models/iris/history')
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

  test(
    'releases once what is told twice, late and out of order',
    async () => {
      const before = (await executionsOf('release')).length
      for (const key of ['models/iris/1.1.0.onnx', 'models/iris/1.0.0.onnx', 'models/iris/1.1.0.onnx'])
        await invoke('ModelsIntake', created(key))
      await put('models/twice/1.0.0.onnx', await model('1.0.0'))
      await Promise.all([1, 2, 3].map(() => invoke('ModelsIntake', created('models/twice/1.0.0.onnx'))))
      await ready('twice', '1.0.0')
      expect((await executionsOf('release')).length).toBe(before + 1)
    },
    release,
  )

  test('changes nothing by an overwritten key', async () => {
    const before = await read<{ digest: string; operation: string }>('/models/iris/versions/1.0.0')
    const executions = (await executionsOf('release')).length
    await put('models/iris/1.0.0.onnx', await model('1.2.0'))
    await pause(3000)
    expect(await read('/models/iris/versions/1.0.0')).toEqual(before)
    expect((await executionsOf('release')).length).toBe(executions)
    expect((await ask('iris/versions/1.0.0', rows[0])).status).toBe(200)
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
      await put('models/churn/1.4.0/model.onnx', await model('1.0.0'))
      const manifest = {
        examples: [
          { request: 'examples/setosa.json', expect: 'examples/setosa.expected.json', tolerance: 1e-5 },
        ],
        files,
      }
      await put('models/churn/1.4.0/model.yaml', Buffer.from(JSON.stringify(manifest)))
      await pause(6000)
      expect(await state('churn', '1.4.0')).toBe('CREATING')
      for (const path of paths.toSorted().toReversed())
        await put(`models/churn/1.4.0/${path}`, await readFile(join(folder, path)))
      await ready('churn', '1.4.0')
      expect((await read<{ files: unknown[] }>('/models/churn/versions/1.4.0')).files).toHaveLength(
        paths.length + 1,
      )
      const { models } = await read<{ models: { model: string; versions: number }[] }>('/models')
      expect(models.find((one) => one.model === 'churn')).toMatchObject({ versions: 1 })
    },
    release,
  )

  test(
    'finds by its listing an upload whose event was lost',
    async () => {
      const client = new EventBridgeClient(platform.account.client)
      const { Rules = [] } = await client.send(new ListRulesCommand({}))
      const rule = Rules.find(({ EventPattern }) => EventPattern?.includes('Object Created'))
      await client.send(new DisableRuleCommand({ Name: rule?.Name }))
      await put('models/lost/1.0.0.onnx', await model('1.0.0'))
      await pause(2000)
      expect((await platform.call('GET', '/models/lost')).status).toBe(404)
      await client.send(new EnableRuleCommand({ Name: rule?.Name }))
      await invoke('ModelsLostUploads', {})
      await ready('lost', '1.0.0')
    },
    release,
  )

  test('refuses who is not signed in, and says of a wrong request what is wrong', async () => {
    const unsigned = await fetch(`${platform.account.emulator.endpoint}/models`, {
      headers: { host: new URL(platform.apiUrl).host },
    })
    expect(unsigned.status).not.toBe(200)
    const answer = await ask('iris', { ...oneRow, petal_width: 'wide' })
    expect(answer.status).toBe(422)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'request-invalid' })
    expect((await ask('nobody')).status).toBe(404)
  })

  test(
    'is spoken to by the command, which pushes a folder and watches its release',
    async () => {
      const env = { ...platform.account.emulator.environment }
      // The emulator keeps /health for itself, unless the stage is named.
      const url = `${platform.apiUrl}/$default`
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

  test(
    'is the same stack with a thousand released versions: nothing of a version is in its template',
    async () => {
      const differences = () => cdk(platform.account.emulator, 'diff', '--fail')
      expect(await differences()).toContain('Number of stacks with differences: 0')
      const client = new DynamoDBClient(platform.account.client)
      const { TableNames: [table = ''] = [] } = await client.send(new ListTablesCommand({}))
      const registry = new DynamoRegistry(DynamoDBDocumentClient.from(client), table)
      for (let i = 0; i < 1000; i += 1)
        await registry.claim(versionRecord('many', `1.${i}.0`, { state: 'READY' }))
      const { models } = await read<{ models: { model: string; versions: number }[] }>('/models')
      expect(models.find((one) => one.model === 'many')).toMatchObject({ versions: 1000 })
      expect(await differences()).toContain('Number of stacks with differences: 0')
    },
    release,
  )
})
