import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  type GetFunctionCommandOutput,
  InvokeCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  paginateListFunctions,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda'
import { architectureOf } from '../../lib/rules/architecture.ts'
import { contractAddress } from '../../lib/rules/container/server-address.ts'
import { endpointTags, isTaggedAsOurs, type Tags } from '../../lib/rules/endpoint-tags.ts'
import { belongingTo } from '../../lib/rules/host-fields.ts'
import {
  answerOfPayload,
  type EventRequest,
  invocationEvent,
  problemOfFailure,
} from '../../lib/rules/invocation-event.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { reasonInLog, withoutPlaces } from '../../lib/rules/server-log.ts'
import type {
  EndpointAnswer,
  EndpointHost,
  EndpointRequest,
  EndpointSpec,
  EndpointTruth,
  MadeEndpoint,
} from '../ports.ts'
import { askedUntil } from './asked-until.ts'
import { isPassing, refusalOf } from './lambda-refusals.ts'
import { patiently } from './patience.ts'

export interface LambdaHostProps {
  readonly platform: string
  /** What model functions run as. */
  readonly roleArn: string
  /** Where every model's server writes its log. */
  readonly logGroup: string
  /** A person's own tags. */
  readonly tags: Tags
  /** Where model functions stand. @default no network */
  readonly network?: ModelNetwork | undefined
}

/** Subnets and security groups by their ids. */
export interface ModelNetwork {
  readonly subnetIds: string[]
  readonly securityGroupIds: string[]
}

const kind = 'lambda'

/**
 * Endpoints as container functions, one a version, each of the image with our digest. A function that Lambda calls
 * Active has only been fetched: whether its model loads is known when its server has answered a ping.
 */
export class LambdaHost implements EndpointHost {
  readonly #client: LambdaClient
  readonly #props: LambdaHostProps

  /** @param client makes one attempt a call: a throttled caller is told at once */
  constructor(client: LambdaClient, props: LambdaHostProps) {
    this.#client = client
    this.#props = props
  }

  endpointOf({ model, version, manifest }: Pick<EndpointSpec, 'model' | 'version' | 'manifest'>): Endpoint {
    const { predictEndpoint: predict, readinessEndpoint: readiness } = manifest.container ?? {}
    return {
      host: kind,
      name: resourceName(this.#props.platform, model, version),
      ...(predict !== undefined && { predict }),
      ...(readiness !== undefined && { readiness }),
    }
  }

  async create(spec: EndpointSpec): Promise<Endpoint> {
    refuseUnable(spec)
    const endpoint = this.endpointOf(spec)
    const { name } = endpoint
    const wanted = this.#function(name, spec)
    await patiently(isPassing, async () => {
      const standing = await this.#find(name)
      if (standing === undefined) return this.#client.send(new CreateFunctionCommand(wanted))
      if (!this.#isOurs(standing, name))
        throw new Problem(
          'served-is-not-ours',
          `a function ${name} is there already, and its tags are not those of ${spec.model} ${spec.version}`,
        )
      if (digestOf(standing) === spec.image.digest) return
      // What a release left behind that failed before it could tell of it: nobody else makes functions of this version.
      await this.remove(endpoint)
      return this.#client.send(new CreateFunctionCommand(wanted))
    })
    await this.#seen(name)
    const { maxConcurrency } = spec.manifest.host
    if (maxConcurrency !== undefined)
      await patiently(isPassing, () =>
        this.#client.send(
          new PutFunctionConcurrencyCommand({
            FunctionName: name,
            ReservedConcurrentExecutions: maxConcurrency,
          }),
        ),
      )
    return endpoint
  }

  async describe(endpoint: Endpoint): Promise<EndpointTruth> {
    const found = await patiently(isPassing, () => this.#find(endpoint.name))
    if (found === undefined) return { state: 'absent' }
    const { State, StateReason, Timeout = 3 } = found.Configuration ?? {}
    if (State === 'Pending') return { state: 'creating' }
    if (State === 'Failed')
      return { state: 'failed', reason: withoutPlaces(StateReason ?? 'Lambda gave no reason') }
    const digest = digestOf(found)
    return this.#ping(endpoint, Timeout * 1000, digest === undefined ? {} : { digest })
  }

  async invoke(endpoint: Endpoint, request: EndpointRequest): Promise<EndpointAnswer> {
    const { body, contentType, accept, traceparent } = request
    const base64 = typeof body !== 'string'
    const { status, ...answer } = await this.#send(endpoint, request, {
      method: 'POST',
      path: endpoint.predict ?? contractAddress.predict,
      contentType,
      ...(accept !== undefined && { accept }),
      ...(traceparent !== undefined && { traceparent }),
      body: base64 ? Buffer.from(body).toString('base64') : body,
      base64,
    })
    return {
      status,
      contentType: answer.contentType,
      body: Buffer.from(answer.body, answer.base64 ? 'base64' : 'utf8'),
    }
  }

  /** Lambda itself says when it is too much, and at once. */
  hasRoom(): boolean {
    return true
  }

  async log(): Promise<never> {
    throw new Problem(
      'log-elsewhere',
      `the logs of this platform's versions are in CloudWatch, in the log group ${this.#props.logGroup}`,
    )
  }

  /** What is not called costs nothing here. */
  async park(): Promise<void> {}

  /** A function that Lambda has put to sleep is fetched again by a call, however that ends. */
  async wake(endpoint: Endpoint): Promise<void> {
    await this.describe(endpoint)
  }

  async remove({ name }: Endpoint): Promise<void> {
    await patiently(isPassing, async () => {
      const standing = await this.#find(name)
      if (standing === undefined || !this.#isOurs(standing, name)) return
      try {
        await this.#client.send(new DeleteFunctionCommand({ FunctionName: name }))
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error
      }
    })
  }

  /**
   * By names and descriptions, which a listing tells for nothing: a name is the hash of what its description says. The
   * proof, which is the tags, is asked for by `remove`.
   */
  async *made(): AsyncIterable<MadeEndpoint> {
    const { platform } = this.#props
    for await (const { Functions = [] } of paginateListFunctions({ client: this.#client }, {}))
      for (const { FunctionName: name = '', Description = '', LastModified } of Functions) {
        const [model = '', version = ''] = Description.split(' ')
        if (resourceName(platform, model, version) !== name) continue
        // Nothing of a function is changed once it is made.
        const createdAt = Date.parse(LastModified ?? '')
        yield {
          endpoint: { host: kind, name },
          model,
          version,
          ...(Number.isFinite(createdAt) && { createdAt }),
        }
      }
  }

  /** Whether the server has loaded its model. A function that sleeps wakes up by this. */
  async #ping(
    endpoint: Endpoint,
    timeoutMs: number,
    facts: Pick<EndpointTruth, 'digest'>,
  ): Promise<EndpointTruth> {
    try {
      const path = endpoint.readiness ?? contractAddress.readiness
      const { status } = await this.#send(endpoint, { timeoutMs }, { method: 'GET', path })
      return status >= 200 && status < 300 ? { state: 'active', ...facts } : { state: 'creating' }
    } catch (error) {
      if (!isProblem(error)) throw error
      if (error.code === 'model-busy') return { state: 'active', ...facts }
      if (error.code === 'model-timeout')
        return {
          state: 'failed',
          reason: `its server did not load the model within ${timeoutMs / 1000} s (host.timeoutSeconds)`,
        }
      return error instanceof ServerEnded ? { state: 'failed', reason: error.reason } : { state: 'creating' }
    }
  }

  async #send(
    { name }: Endpoint,
    until: Pick<EndpointRequest, 'timeoutMs' | 'signal'>,
    request: EventRequest,
  ) {
    const { FunctionError, Payload, LogResult } = await this.#client
      .send(
        new InvokeCommand({
          FunctionName: name,
          Payload: invocationEvent(request),
          ...(request.method === 'GET' && { LogType: 'Tail' }),
        }),
        { abortSignal: askedUntil(until) },
      )
      .catch((error: unknown) => {
        throw refusalOf(error, until.timeoutMs)
      })
    const payload = Payload?.transformToString() ?? ''
    if (FunctionError === undefined) return answerOfPayload(payload)
    const problem = problemOfFailure(payload, until.timeoutMs)
    if (problem.code !== 'endpoint-unavailable') throw problem
    const log = LogResult === undefined ? '' : Buffer.from(LogResult, 'base64').toString()
    throw new ServerEnded(problem.message, reasonInLog(log) ?? problem.message)
  }

  async #find(name: string): Promise<GetFunctionCommandOutput | undefined> {
    try {
      return await this.#client.send(new GetFunctionCommand({ FunctionName: name }))
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined
      throw error
    }
  }

  #function(name: string, { model, version, image, manifest }: EndpointSpec): CreateFunctionCommandInput {
    const { memoryMb, timeoutSeconds } = manifest.host
    const { platform, roleArn, logGroup, network, tags } = this.#props
    return {
      FunctionName: name,
      Description: `${model} ${version}`,
      PackageType: 'Image',
      Code: { ImageUri: image.uri },
      Role: roleArn,
      MemorySize: memoryMb,
      Timeout: timeoutSeconds,
      Architectures: [architectureOf(manifest.host)],
      LoggingConfig: { LogGroup: logGroup },
      ...(network !== undefined && {
        VpcConfig: { SubnetIds: network.subnetIds, SecurityGroupIds: network.securityGroupIds },
      }),
      Tags: endpointTags(platform, model, version, tags),
    }
  }

  /** Wait until Lambda shows what it has made: a release that fails next must find it to undo it. */
  async #seen(name: string): Promise<void> {
    await patiently(
      (error) => isPassing(error) || error instanceof ResourceNotFoundException,
      () => this.#client.send(new GetFunctionCommand({ FunctionName: name })),
    )
  }

  /** @throws Error where Lambda does not tell: what may be ours is neither taken nor left */
  #isOurs({ Tags: tags = {}, TagsError }: GetFunctionCommandOutput, name: string): boolean {
    if (TagsError !== undefined)
      throw new Error(`Lambda keeps the tags of ${name} back: ${TagsError.Message}`)
    return isTaggedAsOurs(tags, this.#props.platform, name)
  }
}

/** The server of a version has ended. @param reason the last it said */
class ServerEnded extends Problem {
  readonly reason: string

  constructor(detail: string, reason: string) {
    super('endpoint-unavailable', detail)
    this.reason = reason
  }
}

/** @throws Problem `host-unable` for what Lambda would refuse, or would quietly not give */
function refuseUnable({ manifest: { host } }: EndpointSpec): void {
  const faults = [
    ...belongingTo(host, ['provisionedConcurrency'], 'sagemaker-serverless'),
    ...belongingTo(host, ['instanceType', 'instanceCount', 'scaling', 'keepRunning'], 'sagemaker'),
  ]
  if (faults.length > 0)
    throw new Problem('host-unable', `host ${host.kind} cannot give what the manifest asks for`, faults)
}

/** The digest of the image that a function really runs. */
function digestOf({ Code }: GetFunctionCommandOutput): string | undefined {
  return Code?.ResolvedImageUri?.split('@')[1]
}
