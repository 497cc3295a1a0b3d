import { Buffer } from 'node:buffer'

/** What a client of the AWS SDK asks, told apart from how it is sent. */
export interface Call {
  readonly service: 'sagemaker' | 'runtime' | 'scaling' | 'lambda'
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  /** How often this action was asked before. */
  readonly before: number
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers in the place of the truth, or not: undefined tells the truth. */
export type Lie = (call: Call, truth: () => Answer, account: ScriptedAccount) => Answer | undefined

type Resource = Record<string, unknown> & { readonly tags: Readonly<Record<string, string>> }

const arnOf = (place: string) => `arn:aws:sagemaker:eu-north-1:111122223333:${place}`

/** How SageMaker and Application Auto Scaling tell an error. */
export function refusal(type: string, message: string, status = 400): Answer {
  return { status, body: { __type: type, message }, headers: { 'x-amzn-errortype': type } }
}

/** A connection that breaks: whether the call had its effect, nobody is told. */
export class LostAnswer extends Error {
  override readonly name = 'TimeoutError'
}

/**
 * One account of AWS as far as endpoints go: SageMaker, its runtime, Application Auto Scaling and Lambda, behind the
 * real clients of the SDK. It keeps what it is told to make, as the real ones do, and lies where a test says so.
 */
export class ScriptedAccount {
  /** By place, as `endpoint/sluice-churn-1`. */
  readonly resources = new Map<string, Resource>()
  readonly calls: Call[] = []
  lie: Lie = () => undefined
  /** How often an endpoint is looked at before it is in service, and before it is gone. */
  readonly looks = { toServe: 2, toLeave: 2 }
  /** What every model answers. */
  predictions: readonly unknown[] = [3]

  /** What a client is made with. */
  get client() {
    const handle = async (request: WireRequest) => ({ response: this.#respond(request) })
    return {
      region: 'eu-north-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
      requestHandler: { handle } as never,
    }
  }

  /** What is there, sorted; what is on its way out is not. */
  places(): string[] {
    return [...this.resources]
      .filter(([, { EndpointStatus }]) => EndpointStatus !== 'Deleting')
      .map(([place]) => place)
      .toSorted()
  }

  /** What somebody has made before. */
  put(place: string, facts: Readonly<Record<string, unknown>>, tags: Readonly<Record<string, string>>): void {
    this.resources.set(place, { ...facts, tags })
  }

  #respond(request: WireRequest) {
    const asked = readCall(request)
    const before = this.calls.filter(({ action }) => action === asked.action).length
    const call = { ...asked, before }
    this.calls.push(call)
    const { status, body, headers } = this.lie(call, () => this.#truth(call), this) ?? this.#truth(call)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return {
      statusCode: status,
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(text),
    }
  }

  #truth({ service, action, input }: Call): Answer {
    if (service === 'lambda') return this.#lambda(action, input)
    if (service === 'scaling') return this.#scaling(action, input)
    if (service === 'runtime') return this.#invoke(String(input['EndpointName']))
    return this.#sagemaker(action, input)
  }

  #sagemaker(action: string, input: Call['input']): Answer {
    const [, verb = '', what = ''] = action.match(/^(Create|Describe|Delete|List)(\w+)$/) ?? []
    if (verb === 'List') return this.#tags(String(input['ResourceArn']))
    const kind = { Model: 'model', EndpointConfig: 'endpoint-config', Endpoint: 'endpoint' }[what] ?? what
    const place = `${kind}/${String(input[`${what}Name`])}`
    if (verb === 'Create') return this.#make(what, place, input)
    const found = this.#looked(place)
    if (found === undefined) return missing(kind, place)
    if (verb === 'Describe') {
      const { tags: _, ...facts } = found
      return { status: 200, body: { ...facts, [`${what}Arn`]: arnOf(place) } }
    }
    if (kind === 'endpoint') this.resources.set(place, { ...found, EndpointStatus: 'Deleting', looks: 0 })
    else this.resources.delete(place)
    return { status: 200, body: {} }
  }

  #make(what: string, place: string, input: Call['input']): Answer {
    const [kind] = place.split('/')
    if (this.resources.has(place))
      return refusal('ValidationException', `Cannot create already existing ${kind} "${arnOf(place)}".`)
    const { Tags = [], ...facts } = input as { Tags?: { Key: string; Value: string }[] }
    const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
    const needed = neededBy(what, input)
    if (needed !== undefined && !this.resources.has(needed))
      return missing(needed.split('/')[0] ?? '', needed)
    this.resources.set(place, {
      ...facts,
      tags,
      ...(what === 'Endpoint' && { EndpointStatus: 'Creating', looks: 0 }),
    })
    return { status: 200, body: { [`${what}Arn`]: arnOf(place) } }
  }

  /** An endpoint comes and goes as it is looked at. */
  #looked(place: string): Resource | undefined {
    const found = this.resources.get(place)
    if (found === undefined || !place.startsWith('endpoint/')) return found
    const looks = Number(found['looks'] ?? 0) + 1
    if (found['EndpointStatus'] === 'Deleting' && looks > this.looks.toLeave) {
      this.resources.delete(place)
      return undefined
    }
    const serves = found['EndpointStatus'] === 'Creating' && looks > this.looks.toServe
    const next = { ...found, looks, ...(serves && this.#inService(found)) }
    this.resources.set(place, next)
    return next
  }

  #inService(endpoint: Resource) {
    const configuration = this.resources.get(`endpoint-config/${String(endpoint['EndpointConfigName'])}`)
    const variants = (configuration?.['ProductionVariants'] ?? []) as {
      VariantName: string
      ModelName: string
    }[]
    return {
      EndpointStatus: 'InService',
      ProductionVariants: variants.map(({ VariantName, ModelName }) => {
        const model = this.resources.get(`model/${ModelName}`)?.['PrimaryContainer'] as { Image: string }
        return { VariantName, DeployedImages: [{ SpecifiedImage: model.Image, ResolvedImage: model.Image }] }
      }),
    }
  }

  #tags(arn: string): Answer {
    const place = arn.slice(arnOf('').length)
    const { tags = {} } = this.resources.get(place) ?? {}
    return { status: 200, body: { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } }
  }

  #invoke(name: string): Answer {
    if (this.resources.get(`endpoint/${name}`)?.['EndpointStatus'] !== 'InService')
      return refusal('ValidationError', `Endpoint ${name} of account 111122223333 not found.`)
    return { status: 200, body: { predictions: this.predictions } }
  }

  #scaling(action: string, input: Call['input']): Answer {
    const place = `scaling/${String(input['ResourceId']).split('/')[1]}`
    if (action === 'RegisterScalableTarget') this.put(place, input, {})
    else if (!this.resources.has(place)) return refusal('ObjectNotFoundException', 'No scalable target found')
    if (action === 'DeregisterScalableTarget') this.resources.delete(place)
    return { status: 200, body: {} }
  }

  #lambda(action: string, input: Call['input']): Answer {
    const place = `function/${String(input['FunctionName'])}`
    const found = this.resources.get(place)
    if (action === 'CreateFunction') {
      if (found !== undefined)
        return refusal('ResourceConflictException', `Function already exist: ${place}`, 409)
      const { Tags = {}, ...facts } = input as { Tags?: Record<string, string> }
      this.put(place, facts, Tags)
      return { status: 201, body: {} }
    }
    if (found === undefined) return refusal('ResourceNotFoundException', `Function not found: ${place}`, 404)
    if (action === 'DeleteFunction') this.resources.delete(place)
    if (action === 'Invoke') return this.#event(input)
    if (action !== 'GetFunction') return { status: action === 'DeleteFunction' ? 204 : 200, body: {} }
    const { ImageUri } = found['Code'] as { ImageUri: string }
    const Configuration = { State: 'Active', Timeout: found['Timeout'] }
    return { status: 200, body: { Configuration, Code: { ResolvedImageUri: ImageUri }, Tags: found.tags } }
  }

  #event(input: Call['input']): Answer {
    const predicts = input['rawPath'] === '/invocations'
    const body = predicts ? JSON.stringify({ predictions: this.predictions }) : ''
    return { status: 200, body: { statusCode: 200, headers: { 'content-type': 'application/json' }, body } }
  }
}

interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What a request asks, by its target where it has one and by its path where not. */
function readCall({ method, path, headers, body }: WireRequest): Omit<Call, 'before'> {
  const text = ArrayBuffer.isView(body) ? new TextDecoder().decode(body) : (body ?? '')
  const input = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  const target = headers['x-amz-target']
  if (target !== undefined) {
    const [service, action = ''] = target.split('.')
    return { service: service === 'SageMaker' ? 'sagemaker' : 'scaling', action, input }
  }
  const endpoint = path.match(/^\/endpoints\/([^/]+)\/invocations$/)?.[1]
  if (endpoint !== undefined)
    return { service: 'runtime', action: 'InvokeEndpoint', input: { ...input, EndpointName: endpoint } }
  const [, FunctionName, rest = ''] = path.match(/^\/[\d-]+\/functions\/?([^/]*)(.*)$/) ?? []
  const asked = method === 'POST' ? 'CreateFunction' : method === 'DELETE' ? 'DeleteFunction' : 'GetFunction'
  const action = rest.endsWith('/invocations')
    ? 'Invoke'
    : rest.endsWith('/concurrency')
      ? 'PutConcurrency'
      : asked
  return { service: 'lambda', action, input: { ...input, ...(FunctionName !== '' && { FunctionName }) } }
}

/** What must be there before. */
function neededBy(what: string, input: Call['input']): string | undefined {
  if (what === 'Endpoint') return `endpoint-config/${String(input['EndpointConfigName'])}`
  if (what !== 'EndpointConfig') return undefined
  const [variant] = input['ProductionVariants'] as { ModelName: string }[]
  return `model/${variant?.ModelName}`
}

function missing(kind: string, place: string): Answer {
  return refusal('ValidationException', `Could not find ${kind} "${arnOf(place)}".`)
}
