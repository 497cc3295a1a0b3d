import { LambdaClient } from '@aws-sdk/client-lambda'
import { describe, expect, test } from '@jest/globals'
import { LambdaHost } from '../../lambdas/aws/lambda-host.ts'
import type { EndpointSpec } from '../../lambdas/ports.ts'
import { fillManifest, parseManifest } from '../../lib/rules/manifest-text.ts'
import { refused } from '../harness/refused.ts'

/** Lambda as it answers: by a status, an error's name, and headers; or by nothing at all. */
interface Said {
  readonly status: number
  readonly error?: string
  readonly message?: string
  readonly functionError?: string
  readonly body?: unknown
}

/** A host over a Lambda that says what it is told to say, one answer a call, the last one for ever. */
function hostOver(...answers: readonly (Said | 'silence')[]) {
  const calls: string[] = []
  const bodies: unknown[] = []
  const requestHandler = {
    handle: async (
      request: { method: string; path: string; body?: Uint8Array | string },
      { abortSignal }: { abortSignal?: AbortSignal } = {},
    ) => {
      calls.push(`${request.method} ${request.path}`)
      bodies.push(readBody(request.body))
      const said = answers[Math.min(calls.length, answers.length) - 1]
      if (said === undefined || said === 'silence')
        return new Promise((_, reject) => {
          abortSignal?.addEventListener('abort', () =>
            reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' })),
          )
        })
      const { status, error, message, functionError, body } = said
      const payload = error === undefined ? body : { message, Type: 'User' }
      return {
        response: {
          statusCode: status,
          headers: {
            ...(error !== undefined && { 'x-amzn-errortype': error }),
            ...(functionError !== undefined && { 'x-amz-function-error': functionError }),
          },
          body: Buffer.from(JSON.stringify(payload ?? {})),
        },
      }
    },
  }
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const client = new LambdaClient({
    region: 'eu-north-1',
    credentials,
    maxAttempts: 1,
    requestHandler: requestHandler as never,
  })
  const props = { platform: 'test', roleArn: 'role', logGroup: 'group', tags: {} }
  return {
    calls,
    bodies,
    host: new LambdaHost(client, props),
    /** The same, whose functions stand in a network. */
    networked: new LambdaHost(client, {
      ...props,
      network: { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] },
    }),
  }
}

/** The client hands over text or bytes, as it likes. */
function readBody(body: Uint8Array | string = 'null'): unknown {
  return JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body))
}

const endpoint = { host: 'lambda', name: 'test-churn-1' }
const request = { body: '{}', contentType: 'application/json', timeoutMs: 200 }

function spec(manifest: string): EndpointSpec {
  const place = { model: 'churn', version: '1.0.0', runtime: 'onnx' } as const
  return {
    model: 'churn',
    version: '1.0.0',
    image: { digest: 'sha256:ours', uri: 'registry/onnx@sha256:ours' },
    manifest: fillManifest(parseManifest(manifest), place, []).manifest,
  }
}

describe('what Lambda would refuse, or quietly not give, is refused before it is asked', () => {
  test.each([
    ['instances kept warm', 'host: { provisionedConcurrency: 2 }', '/host/provisionedConcurrency'],
    ['a kind of instance', 'host: { instanceType: ml.m5.large }', '/host/instanceType'],
    [
      'a range of instances',
      'host: { scaling: { minInstances: 1, maxInstances: 2, targetInvocationsPerInstance: 60 } }',
      '/host/scaling',
    ],
    ['a number of instances', 'host: { instanceCount: 2 }', '/host/instanceCount'],
    ['never to be parked', 'host: { keepRunning: false }', '/host/keepRunning'],
  ])('%s', async (_, manifest, pointer) => {
    const { host, calls } = hostOver({ status: 200 })
    const problem = await refused(host.create(spec(manifest)))
    expect([problem.code, problem.errors[0]?.pointer]).toEqual(['host-unable', pointer])
    expect(calls).toEqual([])
  })
})

describe('a call', () => {
  test.each<[string, Said, string]>([
    ['is throttled', { status: 429, error: 'TooManyRequestsException' }, 'model-busy'],
    ['finds no function', { status: 404, error: 'ResourceNotFoundException' }, 'endpoint-unavailable'],
    ['finds it being made', { status: 409, error: 'ResourceConflictException' }, 'endpoint-unavailable'],
    ['finds Lambda out of order', { status: 500, error: 'ServiceException' }, 'endpoint-unavailable'],
    ['is too large', { status: 413, error: 'RequestTooLargeException' }, 'body-too-large'],
    [
      'takes too long',
      { status: 200, functionError: 'Unhandled', body: { errorType: 'Sandbox.Timedout', errorMessage: '' } },
      'model-timeout',
    ],
    [
      'ends the server',
      { status: 200, functionError: 'Unhandled', body: { errorType: 'Runtime.ExitError', errorMessage: '' } },
      'endpoint-unavailable',
    ],
    ['is answered by no server of models', { status: 200, body: 'hello' }, 'endpoint-unavailable'],
  ])('that %s is told as %s is, and tried once', async (_, said, code) => {
    const { host, calls } = hostOver(said)
    expect((await refused(host.invoke(endpoint, request))).code).toBe(code)
    expect(calls).toHaveLength(1)
  })

  test.each<[string, Said, true | undefined]>([
    ['is being made', { status: 409, error: 'ResourceConflictException' }, true],
    ['is prepared anew', { status: 502, error: 'ResourceNotReadyException' }, true],
    ['is not to be found', { status: 404, error: 'ResourceNotFoundException' }, undefined],
    ['met with a fault of Lambda', { status: 500, error: 'ServiceException' }, undefined],
    [
      'lost its server',
      { status: 200, functionError: 'Unhandled', body: { errorType: 'Runtime.ExitError', errorMessage: '' } },
      undefined,
    ],
  ])('of a function that %s says whether nothing of it was run', async (_, said, isStarting) => {
    const problem = await refused(hostOver(said).host.invoke(endpoint, request))
    expect([problem.code, problem.isStarting]).toEqual(['endpoint-unavailable', isStarting])
  })

  test('that nobody answers ends after its own time', async () => {
    const { host } = hostOver('silence')
    const since = performance.now()
    expect((await refused(host.invoke(endpoint, request))).code).toBe('model-timeout')
    expect(performance.now() - since).toBeLessThan(2000)
  })

  test('that may not be made is a fault of ours, and not of the caller or the model', async () => {
    const { host } = hostOver({ status: 403, error: 'AccessDeniedException', message: 'no' })
    await expect(host.invoke(endpoint, request)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})

describe('a server with paths of its own', () => {
  const container = 'container: {predictEndpoint: /predictions, readinessEndpoint: /health-check}'
  /** What the function was sent, out of the event. */
  const sent = (body: unknown) => {
    const { rawPath, headers, requestContext } = body as {
      rawPath: string
      headers: Record<string, string>
      requestContext: { http: { path: string } }
    }
    return { rawPath, headers, path: requestContext.http.path }
  }

  test('has them in its endpoint, and one without has none', () => {
    const { host } = hostOver('silence')
    expect(host.endpointOf(spec(container))).toMatchObject({
      predict: '/predictions',
      readiness: '/health-check',
    })
    expect(Object.keys(host.endpointOf(spec('')))).toEqual(['host', 'name'])
  })

  test('is asked there, for what the caller would like to have', async () => {
    const { host, bodies } = hostOver({ status: 200, body: { statusCode: 200, headers: {}, body: '' } })
    const own = host.endpointOf(spec(container))
    await host.invoke(own, { ...request, accept: 'image/png' })
    await host.invoke(endpoint, { ...request, timeoutMs: 1000.5 })
    expect(sent(bodies[0])).toEqual({
      rawPath: '/predictions',
      path: '/predictions',
      headers: { host: 'model', 'content-type': 'application/json', accept: 'image/png' },
    })
    expect(sent(bodies[1])).toMatchObject({ rawPath: '/invocations', path: '/invocations' })
    expect(sent(bodies[1]).headers).not.toHaveProperty('accept')
  })

  test('is ready when it says so there, by any 2xx', async () => {
    const function_ = { status: 200, body: { Configuration: { State: 'Active' } } }
    const { host, bodies } = hostOver(function_, {
      status: 200,
      body: { statusCode: 204, headers: {}, body: '' },
    })
    expect(await host.describe(host.endpointOf(spec(container)))).toMatchObject({ state: 'active' })
    expect(sent(bodies[1]).rawPath).toBe('/health-check')
  })
})

describe('an endpoint', () => {
  const active = {
    Configuration: { State: 'Active', Timeout: 1 },
    Code: { ResolvedImageUri: 'registry/onnx@sha256:ours' },
  }
  const pinged = (statusCode: number): Said => ({ status: 200, body: { statusCode, headers: {}, body: '' } })

  test('that Lambda calls Active is so once its server has answered', async () => {
    const ours = { state: 'active', digest: 'sha256:ours' }
    expect(await hostOver({ status: 200, body: active }, pinged(200)).host.describe(endpoint)).toEqual(ours)
    expect(await hostOver({ status: 200, body: active }, pinged(503)).host.describe(endpoint)).toEqual({
      state: 'creating',
    })
  })

  test('is told with the digest that really runs', async () => {
    const other = { ...active, Code: { ResolvedImageUri: 'registry/onnx@sha256:theirs' } }
    const { host } = hostOver({ status: 200, body: other }, pinged(200))
    expect(await host.describe(endpoint)).toEqual({ state: 'active', digest: 'sha256:theirs' })
  })

  test('that is Pending is not called', async () => {
    const { host, calls } = hostOver({ status: 200, body: { Configuration: { State: 'Pending' } } })
    expect(await host.describe(endpoint)).toEqual({ state: 'creating' })
    expect(calls).toHaveLength(1)
  })

  test('that has Failed says why, without the names of places', async () => {
    const StateReason = 'cannot pull 123456789012.dkr.ecr.eu-north-1.amazonaws.com/x by arn:aws:iam::1:role/y'
    const { host } = hostOver({ status: 200, body: { Configuration: { State: 'Failed', StateReason } } })
    expect(await host.describe(endpoint)).toEqual({ state: 'failed', reason: 'cannot pull … by …' })
  })

  test('whose server does not load in its time has failed, and says which field allows more', async () => {
    const { host } = hostOver({ status: 200, body: active }, 'silence')
    const { state, reason } = await host.describe(endpoint)
    expect([state, reason]).toEqual(['failed', expect.stringContaining('host.timeoutSeconds')])
  })

  test('is made once Lambda has heard of the role, and not given up before', async () => {
    const unaware: Said = {
      status: 400,
      error: 'InvalidParameterValueException',
      message: 'The role defined for the function cannot be assumed by Lambda.',
    }
    const none: Said = { status: 404, error: 'ResourceNotFoundException' }
    const { host, calls } = hostOver(none, unaware, none, unaware, none, { status: 201, body: {} })
    expect(await host.create(spec(''))).toMatchObject({ host: 'lambda' })
    // The last looks whether it is there.
    expect(calls).toHaveLength(7)
  })

  test('stands in the network that the platform was given, and in none where it was given none', async () => {
    const none: Said = { status: 404, error: 'ResourceNotFoundException' }
    const made: Said = { status: 201, body: {} }
    const there: Said = { status: 200, body: active }
    const { host, networked, bodies } = hostOver(none, made, there, none, made, there)
    await networked.create(spec(''))
    await host.create(spec(''))
    expect(bodies[1]).toMatchObject({
      VpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] },
    })
    expect(bodies[4]).toHaveProperty('Role', 'role')
    expect(bodies[4]).not.toHaveProperty('VpcConfig')
  })

  test('is not tried again where Lambda says that it is wrong', async () => {
    const wrong: Said = { status: 400, error: 'InvalidParameterValueException', message: 'no such image' }
    const { host, calls } = hostOver({ status: 404, error: 'ResourceNotFoundException' }, wrong)
    await expect(host.create(spec(''))).rejects.toThrow('no such image')
    expect(calls).toHaveLength(2)
  })
})
