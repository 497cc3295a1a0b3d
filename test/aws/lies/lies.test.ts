import { beforeAll, describe, expect, test } from '@jest/globals'
import type { ExtractedMachines } from '../../../local/state-machines.ts'
import { machinesOfTemplate } from '../../harness/machines.ts'
import { impatient } from '../../machines/stage.ts'
import { lambdaLies } from './lambda-lies.ts'
import { name, release } from './lying-release.ts'
import { instances, type LyingCase, sagemakerLies, scaled, serverless } from './sagemaker-lies.ts'
import { ScriptedAccount } from './scripted-account.ts'

let machines: ExtractedMachines

beforeAll(async () => {
  machines = impatient(await machinesOfTemplate())
}, 60_000)

const made: Readonly<Record<string, readonly string[]>> = {
  lambda: [`function/${name}`],
  sagemaker: [`endpoint-config/${name}`, `endpoint/${name}`, `model/${name}`],
  scaled: [`endpoint-config/${name}`, `endpoint/${name}`, `model/${name}`, `scaling/${name}`],
}

const madeOn = (host: string) =>
  made[host === scaled ? 'scaled' : host.includes('sagemaker') ? 'sagemaker' : 'lambda']

describe.each([
  ['SageMaker serverless', serverless],
  ['SageMaker on instances', instances],
  ['SageMaker on instances that scale', scaled],
  ['Lambda', '{ kind: lambda }'],
])('an account that tells the truth, on %s', (_, host) => {
  test('has the version ready, with its endpoint and nothing else', async () => {
    const account = new ScriptedAccount()
    const { version, operation, outcome } = await release(machines, account, host)
    expect([version.state, operation.state, outcome]).toEqual(['READY', 'succeeded', 'succeeded'])
    expect(account.places()).toEqual(madeOn(host))
    for (const [place, { tags }] of account.resources)
      if (!place.startsWith('scaling/'))
        expect(tags).toMatchObject({ team: 'growth', 'sluice:model': 'churn', 'sluice:version': '1.0.0' })
  })
})

async function expectTruth({ host, told, before, ends, left }: LyingCase) {
  const account = new ScriptedAccount()
  before?.(account)
  account.lie = told
  const { version, operation, events, outcome } = await release(machines, account, host)
  expect(outcome).toBe('succeeded')
  if (ends === 'ready') {
    expect([version.state, operation.state]).toEqual(['READY', 'succeeded'])
    expect(account.places()).toEqual(left ?? madeOn(host))
    return
  }
  const [code, words] = ends
  expect([version.state, operation.state, operation.problem?.code]).toEqual(['FAILED', 'failed', code])
  expect(operation.problem?.detail).toMatch(words)
  expect(operation.problem?.detail).not.toMatch(/arn:|111122223333/)
  expect(events).toContain('Release Failed')
  expect(events).not.toContain('Model Version Registered')
  expect(account.places()).toEqual(left ?? [])
}

describe('SageMaker says:', () => {
  test.each(sagemakerLies.map((one) => [one.lie, one] as const))(
    '%s',
    async (_, one) => expectTruth(one),
    30_000,
  )
})

describe('Lambda says:', () => {
  test.each(lambdaLies.map((one) => [one.lie, one] as const))(
    '%s',
    async (_, one) => expectTruth(one),
    30_000,
  )
})

describe('an endpoint that is never done', () => {
  test.each([
    ['Lambda', '{ kind: lambda }', 15],
    ['SageMaker', serverless, 60],
  ])(
    'is given up on %s after the minutes that stand in the operation',
    async (service, host, minutes) => {
      const account = new ScriptedAccount()
      account.lie = (call, truth) => {
        if (call.action === 'GetFunction' && call.before > 0)
          return { status: 200, body: { ...(truth().body as object), Configuration: { State: 'Pending' } } }
        if (call.action !== 'DescribeEndpoint') return undefined
        const answer = truth()
        const body = answer.body as { EndpointStatus?: string }
        if (body.EndpointStatus === 'InService')
          return { ...answer, body: { ...body, EndpointStatus: 'Creating' } }
        return answer
      }
      const released = await release(machines, account, host)
      expect([service, released.version.state, Math.round(released.minutes)]).toEqual([
        service,
        'FAILED',
        minutes,
      ])
      expect(released.operation.endpointDeadline).toBe(
        Date.parse(released.operation.startedAt) + minutes * 60_000,
      )
      expect(account.places()).toEqual([])
    },
    30_000,
  )
})
