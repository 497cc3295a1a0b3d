import { describe, expect, test } from '@jest/globals'
import type { EndpointRequest } from '../../lambdas/ports.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { ProblemCode } from '../../lib/rules/problem.ts'
import { refused } from '../harness/refused.ts'
import { hostsOver, name, ourTags, packedVersion } from './lies/lying-release.ts'
import { instances, scaled, serverless } from './lies/sagemaker-lies.ts'
import { type Answer, LostAnswer, refusal, ScriptedAccount } from './lies/scripted-account.ts'

const request: EndpointRequest = {
  body: '{"inputs":{"x":[1]}}',
  contentType: 'application/json',
  timeoutMs: 200,
}

const specOf = (host: string) => {
  const { image, manifest } = packedVersion(host) as Required<VersionRecord>
  return { model: 'churn', version: '1.0.0', image, manifest }
}

/** An endpoint in service. */
async function started(host: string) {
  const account = new ScriptedAccount()
  const hosts = hostsOver(account)
  const endpoint = await hosts.create(specOf(host))
  const active = async (): Promise<void> => {
    if ((await hosts.describe(endpoint)).state !== 'active') await active()
  }
  await active()
  return { account, hosts, endpoint, active, made: account.places() }
}

const calls = (account: ScriptedAccount, action: string) =>
  account.calls.filter((call) => call.action === action)

describe('a call', () => {
  const modelError = (status: number, said: string, Message = 'Received server error'): Answer => ({
    status: 424,
    body: { Message, OriginalStatusCode: status, OriginalMessage: said },
    headers: { 'x-amzn-errortype': 'ModelError' },
  })

  test('is answered as the model answers, with the type that it was asked in', async () => {
    const { account, hosts, endpoint } = await started(serverless)
    const answer = await hosts.invoke(endpoint, { ...request, timeoutMs: 1000.5 })
    expect([answer.status, answer.contentType, new TextDecoder().decode(answer.body)]).toEqual([
      200,
      'application/json',
      '{"predictions":[3]}',
    ])
    expect(calls(account, 'InvokeEndpoint')[0]?.input).toMatchObject({
      inputs: { x: [1] },
      EndpointName: name,
    })
  })

  test("that the model refuses is answered with the model's own status and words", async () => {
    const { account, hosts, endpoint } = await started(instances)
    account.lie = ({ service }) =>
      service === 'runtime' ? modelError(422, '{"error":"no such plan"}') : undefined
    const answer = await hosts.invoke(endpoint, { ...request, timeoutMs: 1000.5 })
    expect([answer.status, new TextDecoder().decode(answer.body)]).toEqual([422, '{"error":"no such plan"}'])
  })

  test.each<[string, Answer, ProblemCode]>([
    ['is throttled', refusal('ThrottlingException', 'Rate exceeded'), 'model-busy'],
    ['is one too many', { status: 429, body: {}, headers: { 'x-amzn-errortype': 'Unknown' } }, 'model-busy'],
    ['finds no endpoint', refusal('ValidationError', 'Endpoint x not found.'), 'endpoint-unavailable'],
    ['finds SageMaker out of order', refusal('InternalFailure', 'oops', 500), 'endpoint-unavailable'],
    [
      'finds the model not loaded yet',
      refusal('ModelNotReadyException', 'wait', 429),
      'endpoint-unavailable',
    ],
    [
      'is too large',
      refusal('ValidationError', 'Request body is larger than 4194304', 413),
      'body-too-large',
    ],
    [
      'takes longer than SageMaker waits',
      modelError(0, '', 'Your invocation timed out while waiting'),
      'model-timeout',
    ],
  ])('that %s is told so, and tried once', async (_, said, code) => {
    const { account, hosts, endpoint } = await started(serverless)
    account.lie = ({ service }) => (service === 'runtime' ? said : undefined)
    expect((await refused(hosts.invoke(endpoint, request))).code).toBe(code)
    expect(calls(account, 'InvokeEndpoint')).toHaveLength(1)
  })

  test('that nobody answers in time is told so', async () => {
    const { account, hosts, endpoint } = await started(serverless)
    account.lie = ({ service }) => {
      if (service === 'runtime') throw new LostAnswer('no answer')
      return undefined
    }
    expect((await refused(hosts.invoke(endpoint, request))).code).toBe('model-timeout')
  })

  test('that may not be made is a fault of ours, and not of the caller or the model', async () => {
    const { account, hosts, endpoint } = await started(serverless)
    account.lie = ({ service }) =>
      service === 'runtime' ? refusal('AccessDeniedException', 'no', 403) : undefined
    await expect(hosts.invoke(endpoint, request)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})

describe('parking', () => {
  test('takes the instances and keeps what starts them again', async () => {
    const { account, hosts, endpoint } = await started(scaled)
    await hosts.park(endpoint)
    await hosts.park(endpoint)
    expect(account.places()).toEqual([`endpoint-config/${name}`, `model/${name}`])
    expect(await hosts.describe(endpoint)).toEqual({ state: 'parked' })
  })

  test('does nothing to a serverless endpoint, which costs nothing while nobody calls', async () => {
    const { account, hosts, endpoint, made } = await started(serverless)
    await hosts.park(endpoint)
    expect(account.places()).toEqual(made)
    expect(calls(account, 'DeleteEndpoint')).toEqual([])
  })

  test('leaves what is not ours', async () => {
    const { account, hosts, endpoint } = await started(instances)
    const place = `endpoint/${name}`
    account.put(place, account.resources.get(place) ?? {}, { owner: 'another team' })
    await hosts.park(endpoint)
    await hosts.remove(endpoint)
    expect(account.places()).toEqual([place])
  })

  test('is undone by waking, with the same image, the same tags and its scaling', async () => {
    const { account, hosts, endpoint, active, made } = await started(scaled)
    await hosts.park(endpoint)
    await hosts.wake(endpoint)
    await hosts.wake(endpoint)
    await active()
    expect(account.places()).toEqual(made)
    expect(account.resources.get(`endpoint/${name}`)?.tags).toMatchObject({ ...ourTags, team: 'growth' })
    expect(await hosts.describe(endpoint)).toMatchObject({
      state: 'active',
      digest: specOf(scaled).image.digest,
    })
    expect(calls(account, 'CreateEndpoint')).toHaveLength(2)
  })

  test('is undone by the first call, which is told when to come back; the endpoint is made once', async () => {
    const { account, hosts, endpoint, active } = await started(instances)
    await hosts.park(endpoint)
    while (account.resources.has(`endpoint/${name}`)) await hosts.describe(endpoint)
    const problems = await Promise.all([1, 2, 3].map(() => refused(hosts.invoke(endpoint, request))))
    for (const problem of problems)
      expect([problem.code, problem.status, problem.retryAfterSeconds]).toEqual(['version-waking', 503, 60])
    expect(calls(account, 'CreateEndpoint')).toHaveLength(2)
    await active()
    expect((await hosts.invoke(endpoint, request)).status).toBe(200)
  })

  test('that cannot be undone for want of capacity is told with its reason, and not as waking for ever', async () => {
    const { account, hosts, endpoint } = await started(instances)
    await hosts.park(endpoint)
    while (account.resources.has(`endpoint/${name}`)) await hosts.describe(endpoint)
    const FailureReason = 'Unable to provision requested ML compute capacity'
    account.put(
      `endpoint/${name}`,
      { EndpointConfigName: name, EndpointStatus: 'Failed', FailureReason },
      ourTags,
    )
    const problem = await refused(hosts.invoke(endpoint, request))
    expect([problem.code, problem.message]).toEqual([
      'endpoint-unavailable',
      expect.stringContaining('Unable to provision'),
    ])
    // Whoever wakes it in earnest has it made anew.
    await hosts.wake(endpoint)
    expect((await hosts.describe(endpoint)).state).toBe('creating')
  })

  test('makes nothing of waking what was never there', async () => {
    const { account, hosts } = await started(instances)
    const nobody = { host: 'sagemaker', name: 'sluice-nobody-000000000000' }
    const before = account.places()
    await hosts.park(nobody)
    await hosts.wake(nobody)
    expect(await hosts.describe(nobody)).toEqual({ state: 'absent' })
    expect((await refused(hosts.invoke(nobody, request))).code).toBe('endpoint-unavailable')
    expect(account.places()).toEqual(before)
  })
})

test('an endpoint is removed with everything of it, once or twice, and can be made again', async () => {
  const { account, hosts, endpoint, active, made } = await started(scaled)
  await hosts.remove(endpoint)
  await hosts.remove(endpoint)
  expect(account.places()).toEqual([])
  await hosts.create(specOf(scaled))
  await active()
  expect(account.places()).toEqual(made)
})

test('an endpoint that a call wakes while it is removed does not stand for ever', async () => {
  const { account, hosts, endpoint } = await started(instances)
  const [woken] = [...account.resources].filter(([place]) => place.startsWith('endpoint/'))
  account.lie = ({ action, before }) => {
    if (action === 'DeleteEndpointConfig' && before === 0 && woken !== undefined)
      account.resources.set(...woken)
    return undefined
  }
  expect((await refused(hosts.remove(endpoint))).code).toBe('endpoint-changing')
  expect(account.places()).toEqual([woken?.[0]])
  await hosts.remove(endpoint)
  expect(account.places()).toEqual([])
})

test('what SageMaker would refuse is refused before it is asked', async () => {
  const account = new ScriptedAccount()
  const problem = await refused(hostsOver(account).create(specOf('{ kind: sagemaker }')))
  expect([problem.code, problem.errors[0]?.pointer]).toEqual(['host-unable', '/host/instanceType'])
  expect(account.calls).toEqual([])
})

test('the log of a version is told to be in its own group', async () => {
  const { hosts, endpoint } = await started(serverless)
  const problem = await refused(hosts.log(endpoint))
  expect([problem.code, problem.message]).toEqual([
    'log-elsewhere',
    expect.stringContaining(`/aws/sagemaker/Endpoints/${name}`),
  ])
})

test('an endpoint of another world is refused', async () => {
  const hosts = hostsOver(new ScriptedAccount())
  expect((await refused(hosts.describe({ host: 'process', name }))).code).toBe('platform-fault')
})
