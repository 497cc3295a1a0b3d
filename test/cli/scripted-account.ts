import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { resourceName } from '../../lib/rules/names.ts'
import type { MadeKind } from '../../lib/rules/teardown.ts'

type Tags = Readonly<Record<string, string>>
interface Thing {
  readonly tags: Tags
  readonly instanceType?: string
  /** How often an endpoint is still described after its deletion. */
  going?: number
}

/** What an account answers otherwise than it would: a status with AWS's name for it. */
export interface Fault {
  readonly status: number
  readonly code: string
  readonly message: string
}

const madeAt = 1_772_359_200
const region = 'eu-central-1'
const service: Record<MadeKind, string> = {
  function: `arn:aws:lambda:${region}:111122223333:function:`,
  endpoint: `arn:aws:sagemaker:${region}:111122223333:endpoint/`,
  'endpoint configuration': `arn:aws:sagemaker:${region}:111122223333:endpoint-config/`,
  'sagemaker model': `arn:aws:sagemaker:${region}:111122223333:model/`,
  'scaling target': `arn:aws:application-autoscaling:${region}:111122223333:scalable-target/`,
}

export const denied = { status: 403, code: 'AccessDeniedException', message: 'you may not' }
export const throttled = { status: 429, code: 'ThrottlingException', message: 'Rate exceeded' }

/** An account of AWS as far as a teardown asks it, with what it holds and how it misbehaves. Lists come in pages of two. */
export class ScriptedAccount {
  readonly things: Record<MadeKind, Map<string, Thing>> = {
    function: new Map(),
    endpoint: new Map(),
    'endpoint configuration': new Map(),
    'sagemaker model': new Map(),
    'scaling target': new Map(),
  }
  /** Every call that changes something, in order. */
  readonly deleted: string[] = []
  /** What the index of tags knows. */
  readonly indexed = new Set<string>()
  /** Names that lists do not tell of yet. */
  readonly unlisted = new Set<string>()
  /** Asked before every call. @param name of what it is about; '' for a list */
  fault: (action: string, name: string) => Fault | undefined = () => undefined
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  atOnce = 0
  mostAtOnce = 0

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get environment(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    }
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  put(kind: MadeKind, name: string, tags: Tags, more: Partial<Thing> = {}): void {
    this.things[kind].set(name, { tags, ...more })
  }

  /** What a release leaves of a version. @returns its name */
  release(platform: string, model: string, version: string, host: 'lambda' | 'sagemaker' = 'lambda'): string {
    const name = resourceName(platform, model, version)
    const tags = { 'sluice:platform': platform, 'sluice:model': model, 'sluice:version': version }
    if (host === 'lambda') this.put('function', name, tags)
    else {
      this.put('sagemaker model', name, tags)
      this.put('endpoint configuration', name, tags, { instanceType: 'ml.m5.large' })
      this.put('endpoint', name, tags, { instanceType: 'ml.m5.large' })
      this.put('scaling target', `${name}/variant/live`, tags)
    }
    return name
  }

  get left(): string[] {
    return Object.entries(this.things).flatMap(([kind, held]) =>
      [...held.keys()].map((name) => `${kind} ${name}`),
    )
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.atOnce += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce)
    const body = await text(request)
    const [status, document] = this.#answerTo(request, body === '' ? {} : JSON.parse(body))
    this.atOnce -= 1
    const error = (document as { __type?: string }).__type
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      ...(error !== undefined && { 'x-amzn-errortype': error }),
    })
    response.end(status === 204 ? undefined : JSON.stringify(document))
  }

  #answerTo(
    { method = '', url = '', headers }: IncomingMessage,
    input: Record<string, string>,
  ): [number, object] {
    const target = String(headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1)
    const { pathname, searchParams } = new URL(url, 'http://x')
    const [, , , named = ''] = pathname.split('/')
    const action =
      target !== '' && target !== undefined
        ? target
        : method === 'DELETE'
          ? 'DeleteFunction'
          : named === ''
            ? 'ListFunctions'
            : 'GetFunction'
    const name =
      decodeURIComponent(named) ||
      (input['EndpointName'] ??
        input['EndpointConfigName'] ??
        input['ModelName'] ??
        input['ResourceId']?.replace(/^endpoint\//, '') ??
        '')
    const fault = this.fault(action, name)
    if (fault !== undefined)
      return [fault.status, { __type: fault.code, message: fault.message, Message: fault.message }]
    return this.#act(
      action,
      name,
      input,
      searchParams.get('Marker') ?? input['NextToken'] ?? input['PaginationToken'],
    )
  }

  #act(
    action: string,
    name: string,
    input: Record<string, string>,
    from: string | null | undefined,
  ): [number, object] {
    const { things } = this
    switch (action) {
      case 'GetResources': {
        const arns = [...this.indexed].map((ResourceARN) => ({ ResourceARN }))
        const { items, next } = page(arns, from)
        return [200, { ResourceTagMappingList: items, PaginationToken: next ?? '' }]
      }
      case 'ListFunctions': {
        const { items, next } = page(this.#listed('function'), from)
        return [200, { Functions: items.map((FunctionName) => ({ FunctionName })), NextMarker: next }]
      }
      case 'GetFunction': {
        const found = things.function.get(name)
        if (found === undefined) return missing('ResourceNotFoundException')
        const LastModified = '2026-03-01T10:00:00.000+0000'
        return [200, { Configuration: { FunctionName: name, LastModified }, Tags: found.tags }]
      }
      case 'ListEndpoints':
        return this.#list('endpoint', 'Endpoints', 'Endpoint', input, from)
      case 'ListEndpointConfigs':
        return this.#list('endpoint configuration', 'EndpointConfigs', 'EndpointConfig', input, from)
      case 'ListModels':
        return this.#list('sagemaker model', 'Models', 'Model', input, from)
      case 'DescribeScalableTargets': {
        const { items, next } = page(this.#listed('scaling target'), from)
        const ScalableTargets = items.map((one) => ({
          ResourceId: `endpoint/${one}`,
          ScalableTargetARN: `${service['scaling target']}${one}`,
          ServiceNamespace: 'sagemaker',
          CreationTime: madeAt,
        }))
        return [200, { ScalableTargets, NextToken: next }]
      }
      case 'ListTags':
      case 'ListTagsForResource':
        return this.#tags(input['ResourceArn'] ?? input['ResourceARN'] ?? '', action === 'ListTags')
      case 'DescribeEndpoint': {
        const found = things.endpoint.get(name)
        if (found === undefined) return missing('ValidationException')
        if (found.going !== undefined && found.going-- <= 0) {
          things.endpoint.delete(name)
          return missing('ValidationException')
        }
        const ProductionVariants = [{ VariantName: 'live', CurrentInstanceCount: 2 }]
        return [200, { EndpointName: name, EndpointConfigName: name, ProductionVariants }]
      }
      case 'DescribeEndpointConfig': {
        const configuration = things['endpoint configuration'].get(name)
        if (configuration === undefined) return missing('ValidationException')
        const InstanceType = configuration.instanceType
        return [200, { ProductionVariants: [{ VariantName: 'live', InstanceType, InitialInstanceCount: 1 }] }]
      }
      default:
        return this.#delete(action, name)
    }
  }

  #delete(action: string, name: string): [number, object] {
    const kinds: Record<string, MadeKind> = {
      DeleteFunction: 'function',
      DeleteEndpoint: 'endpoint',
      DeleteEndpointConfig: 'endpoint configuration',
      DeleteModel: 'sagemaker model',
      DeregisterScalableTarget: 'scaling target',
    }
    const kind = kinds[action]
    if (kind === undefined) throw new Error(`nobody asks for ${action}`)
    const held = this.things[kind]
    const found = held.get(name)
    this.deleted.push(`${kind} ${name}`)
    if (found === undefined)
      return missing(kind === 'scaling target' ? 'ObjectNotFoundException' : 'ValidationException')
    if (kind === 'endpoint configuration' && this.things.endpoint.has(name))
      return [400, { __type: 'ValidationException', message: `Cannot delete ${name}: it is in use` }]
    if (kind === 'endpoint') found.going ??= 2
    else held.delete(name)
    return kind === 'function' ? [204, {}] : [200, {}]
  }

  #listed(kind: MadeKind): string[] {
    return [...this.things[kind].keys()].filter((name) => !this.unlisted.has(name))
  }

  #list(
    kind: MadeKind,
    list: string,
    prefix: string,
    input: Record<string, string>,
    from: string | null | undefined,
  ): [number, object] {
    const names = this.#listed(kind).filter((name) => name.includes(input['NameContains'] ?? ''))
    const { items, next } = page(names, from)
    const found = items.map((name) => ({
      [`${prefix}Name`]: name,
      [`${prefix}Arn`]: `${service[kind]}${name}`,
      CreationTime: madeAt,
    }))
    return [200, { [list]: found, NextToken: next }]
  }

  #tags(arn: string, asList: boolean): [number, object] {
    for (const kind of Object.keys(service) as MadeKind[])
      if (arn.startsWith(service[kind])) {
        const tags = this.things[kind].get(arn.slice(service[kind].length))?.tags
        if (tags === undefined) return missing('ValidationException')
        return [200, { Tags: asList ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : tags }]
      }
    return missing('ValidationException')
  }
}

function missing(code: string): [number, object] {
  return [code === 'ResourceNotFoundException' ? 404 : 400, { __type: code, message: 'Could not find it.' }]
}

function page<T>(all: readonly T[], from: string | null | undefined): { items: readonly T[]; next?: string } {
  const start = Number(from ?? 0)
  return {
    items: all.slice(start, start + 2),
    ...(start + 2 < all.length && { next: String(start + 2) }),
  }
}
