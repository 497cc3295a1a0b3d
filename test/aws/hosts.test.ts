import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Hosts } from '../../lambdas/aws/hosts.ts'
import type { EndpointHost, MadeEndpoint } from '../../lambdas/ports.ts'
import { routerApp } from '../../lambdas/serving/router.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { nobodyCalls } from '../harness/calls.ts'
import { nothingCaptured } from '../harness/captures.ts'
import { moveOf, versionRecord } from '../harness/records.ts'
import { hostsOver, packedVersion } from './lies/lying-release.ts'
import { instances, serverless } from './lies/sagemaker-lies.ts'
import { ScriptedAccount } from './lies/scripted-account.ts'

const versions = [
  ['1.0.0', '{ kind: lambda }'],
  ['2.0.0', serverless],
  ['3.0.0', instances],
] as const

let account: ScriptedAccount
let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
let ask: (path: string) => Promise<Response>
let hosts: ReturnType<typeof hostsOver>

/** One model, three versions, each on another host. */
beforeEach(async () => {
  account = new ScriptedAccount()
  hosts = hostsOver(account)
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
  for (const [version, host] of versions) {
    const packed = packedVersion(host) as Required<VersionRecord>
    const endpoint = await hosts.create({ ...packed, model: 'churn', version })
    while ((await hosts.describe(endpoint)).state === 'creating');
    await registry.claim(versionRecord('churn', version, { ...packed, state: 'READY', endpoint }))
  }
  const app = routerApp({
    registry,
    host: hosts,
    callers: nobodyCalls,
    captures: nothingCaptured,
    metrics: { count: async () => {}, counts: async () => undefined },
    random: { draw: () => 0.5 },
    clock: { now: () => Date.parse('2026-03-01T10:00:00Z') },
  })
  ask = async (path) => {
    const body = '{"inputs":{"x":[1]}}'
    const headers = { 'content-type': 'application/json' }
    return app.fetch(new Request('http://localhost/', { method: 'POST', body, headers }), {
      path,
      actor: 'ada',
    })
  }
})

afterEach(() => database.close())

async function live(version: string): Promise<void> {
  const alias = { stable: version, by: 'promotion-1' } as never
  await registry.commit(
    moveOf(
      await registry.model('churn'),
      'churn',
      { aliases: { live: alias }, accepted: [version] },
      { version },
    ),
  )
}

describe('a model that moves to another host', () => {
  const moves = versions.map(([version, host]) => ({ version, host }))

  test.each(moves)(
    'keeps its path: $version, on $host, answers there as the others do',
    async ({ version }) => {
      await live(version)
      const answer = await ask('/models/churn/invocations')
      expect([answer.status, answer.headers.get('model-version'), await answer.json()]).toEqual([
        200,
        version,
        { predictions: [3] },
      ])
    },
  )

  test('leaves its former versions where they are, each at its own path', async () => {
    await live('3.0.0')
    for (const [version] of versions) {
      const answer = await ask(`/models/churn/versions/${version}/invocations`)
      expect([answer.status, answer.headers.get('model-version')]).toEqual([200, version])
    }
    expect(
      account.calls.filter(({ action }) => /^(?:Invoke|InvokeEndpoint)$/.test(action)).length,
    ).toBeGreaterThan(2)
  })
})

test('a parked version answers 503 with Retry-After, and is being made again', async () => {
  const name = resourceName('sluice', 'churn', '3.0.0')
  await hosts.park({ host: 'sagemaker', name })
  while (account.resources.has(`endpoint/${name}`)) await hosts.describe({ host: 'sagemaker', name })
  const answer = await ask('/models/churn/versions/3.0.0/invocations')
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
    503,
    '60',
    expect.objectContaining({ code: 'version-waking' }),
  ])
  expect(account.places()).toContain(`endpoint/${name}`)
})

test('a host that cannot be listed is told of when the others have told what they made', async () => {
  const one = { endpoint: { host: 'lambda', name: 'one' }, model: 'churn', version: '1.0.0' }
  const hostThatMade = (made: EndpointHost['made']) => ({ made }) as EndpointHost
  const sagemaker = hostThatMade(async function* () {
    yield* []
    throw new Error('there is no SageMaker here')
  })
  const lambda = hostThatMade(async function* () {
    yield one
  })
  const told: MadeEndpoint[] = []
  const listing = async () => {
    for await (const found of new Hosts({ sagemaker, 'sagemaker-serverless': sagemaker, lambda }).made())
      told.push(found)
  }
  await expect(listing()).rejects.toThrow('there is no SageMaker here')
  expect(told).toEqual([one])
})
