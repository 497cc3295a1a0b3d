import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation'
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import { Problem, type ProblemCode, problemDocument } from '../../lib/rules/problem.ts'
import { type Emulator, emulated } from '../harness/emulator/ministack.ts'

/** The functions behind a gateway, as far as the command asks them. */
export interface Functions {
  readonly url: string
  /** What they were asked, as the gateway handed it on. */
  readonly asked: { readonly method: string; readonly path: string; readonly body: string }[]
  /** The state of each version, by `model/version`. */
  readonly versions: Map<string, { readonly state: string; readonly operation: string }>
  store: string
  close(): Promise<void>
}

export async function functions(): Promise<Functions> {
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '' } = request
    behind.asked.push({ method, path, body: await text(request) })
    const [status, document] = answerTo(behind, request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const behind: Functions = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    versions: new Map(),
    store: '',
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return behind
}

function answerTo({ store, versions }: Functions, { url: path = '' }: IncomingMessage): [number, unknown] {
  const url = new URL(path, 'http://x')
  if (url.pathname === '/health') return [200, { status: 'ok', platform: 'predictions', store }]
  if (url.pathname.endsWith('/invocations')) return [200, { predictions: [1] }]
  if (url.pathname.endsWith('/history'))
    return [200, { aliases: {}, served: [], rev: 0, at: url.searchParams.get('at') }]
  if (url.pathname === '/models') return [200, { models: [] }]
  const [, model, version] = /^\/models\/([^/]+)\/versions\/([^/]+)$/.exec(url.pathname) ?? []
  const known = versions.get(`${model}/${version}`)
  return known === undefined ? refusal('version-unknown') : [200, { model, version, ...known }]
}

function refusal(code: ProblemCode): [number, unknown] {
  const problem = new Problem(code, 'it is not here')
  return [problem.status, problemDocument(problem, 'x', '')]
}

/** The keys of a user, as the environment holds them. */
export interface Keys {
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: string
}

/** A gateway in front of functions as the platform has one, IAM on every route. */
export interface Gateway {
  /** Its URL, as the emulator would have it. */
  readonly url: string
  /** Somebody who may call it. */
  readonly caller: Keys
  /** Somebody who may do nothing. */
  readonly nobody: Keys
}

export async function gatewayTo(emulator: Emulator, functionsUrl: string): Promise<Gateway> {
  const client = new CloudFormationClient({ ...emulated, endpoint: emulator.endpoint })
  const TemplateBody = JSON.stringify({
    Resources: {
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
      Functions: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          ApiId: { Ref: 'Api' },
          IntegrationType: 'HTTP_PROXY',
          IntegrationMethod: 'ANY',
          IntegrationUri: functionsUrl,
          PayloadFormatVersion: '1.0',
        },
      },
      Route: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: {
          ApiId: { Ref: 'Api' },
          RouteKey: 'ANY /{proxy+}',
          AuthorizationType: 'AWS_IAM',
          Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Functions' }]] },
        },
      },
      Stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
      },
      Nobody: { Type: 'AWS::IAM::User', Properties: { UserName: 'nobody' } },
      Caller: {
        Type: 'AWS::IAM::User',
        Properties: {
          UserName: 'caller',
          Policies: [
            {
              PolicyName: 'calls',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' },
              },
            },
          ],
        },
      },
    },
    Outputs: { Api: { Value: { Ref: 'Api' } } },
  })
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
  await client.send(new CreateStackCommand({ StackName: 'gateway', TemplateBody, Capabilities }))
  await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName: 'gateway' })
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: 'gateway' }))
  const api = Stacks[0]?.Outputs?.[0]?.OutputValue
  client.destroy()
  return {
    // With its stage in the path, which AWS does not ask for: the emulator takes a bare /health for its own.
    url: `http://${api}.execute-api.localhost:${new URL(emulator.endpoint).port}/$default`,
    caller: await keysOf(emulator, 'caller'),
    nobody: await keysOf(emulator, 'nobody'),
  }
}

/** A new access key of a user. IAM's client is a package that nothing else here needs. */
async function keysOf({ endpoint }: Emulator, user: string): Promise<Keys> {
  const { host, hostname } = new URL(endpoint)
  const { credentials, region } = emulated
  const signer = new SignatureV4({ service: 'iam', region, credentials, sha256: Sha256 })
  const { headers, body } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    path: '/',
    headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    body: `Action=CreateAccessKey&Version=2010-05-08&UserName=${user}`,
  })
  const answer = await (await fetch(endpoint, { method: 'POST', headers, body })).text()
  const [, id = answer] = /<AccessKeyId>(.*?)</.exec(answer) ?? []
  const [, secret = answer] = /<SecretAccessKey>(.*?)</.exec(answer) ?? []
  return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }
}
