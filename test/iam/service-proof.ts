import type { Needed } from './command-rights.ts'
import { abroad, account } from './deployment.ts'
import { documentOf, type Statement } from './policies.ts'
import { covers } from './proof.ts'
import type { ServiceCall } from './service-calls.ts'
import { ask } from './simulator.ts'
import type { Action } from './universe.ts'

/** The policy of one resource, and every call that services make of the platform. */
export interface Guarded {
  readonly arn: string
  readonly statements: readonly Statement[]
  readonly calls: readonly ServiceCall[]
  readonly actions: readonly Action[]
}

const services = ['apigateway', 'ec2', 'events', 'lambda', 'sagemaker', 'sns', 'states'].map(
  (name) => `${name}.amazonaws.com`,
)

/** All that is wrong with the policy of a resource: a call denied, a statement in vain, somebody else let in. */
export async function* guardFindings(guarded: Guarded): AsyncGenerator<string> {
  const { arn, statements, calls } = guarded
  const own = calls.filter(({ resource }) => resource === arn)
  for (const call of own)
    if (!(await isAllowed(call, statements)))
      yield `${call.principal} is denied ${call.action} on ${arn} for ${call.source}`
  for (const statement of statements) {
    if (statement.effect === 'Deny') continue
    const used = await Promise.all(own.map((call) => isAllowed(call, [statement])))
    if (!used.includes(true))
      yield `no call needs ${JSON.stringify(documentOf([statement]))} of ${arn}: tell test/iam/service-calls.ts which does`
  }
  yield* strangers(guarded, own)
  if (/^arn:aws:(?:s3|sqs):/.test(arn)) yield* unencrypted(arn, statements)
}

async function isAllowed(
  call: Needed & { readonly principal: string },
  resourcePolicy: readonly Statement[],
) {
  return (await ask({ ...call, resourcePolicy })).allowed
}

async function* strangers({ arn, statements, calls, actions }: Guarded, own: readonly ServiceCall[]) {
  const sources = new Set(
    calls.flatMap(({ source }) => [
      source,
      source.replace(account, abroad),
      source.replace(/[^/:]+$/, 'another'),
      source.replace(/(execute-api:[^:]+:\d+:)\w+[^/]*/, '$1another'),
    ]),
  )
  const tried = actions.filter(
    ({ name, everywhere }) => !everywhere && statements.some((one) => names(one, name)),
  )
  for (const { name: action } of tried) {
    for (const principal of services)
      for (const source of sources) {
        if (
          own.some(
            (call) =>
              call.principal === principal &&
              call.action === action &&
              (call.source === source || (call.under !== undefined && source.startsWith(call.under))),
          )
        )
          continue
        const context = { 'aws:SourceArn': source, 'aws:SourceAccount': accountOf(source) }
        if (await isAllowed({ principal, action, resource: arn, context }, statements))
          yield `${principal} is allowed ${action} on ${arn} for ${source}`
      }
    for (const principal of [
      `arn:aws:iam::${account}:role/somebody`,
      `arn:aws:iam::${abroad}:role/somebody`,
    ]) {
      const all: Statement = { effect: 'Allow', actions: ['*'], resources: ['*'], conditions: {} }
      const identity = principal.includes(abroad) ? [all] : []
      const { allowed } = await ask({
        principal,
        action,
        resource: arn,
        statements: identity,
        resourcePolicy: statements,
      })
      if (allowed) yield `${principal} is allowed ${action} on ${arn} by nothing but its policy`
    }
  }
}

function names({ effect, actions }: Statement, action: string): boolean {
  return effect === 'Allow' && actions.some((each) => covers(each, action))
}

const accountOf = (arn: string) => arn.split(':')[4] ?? account

/** Whoever may do everything still speaks to a bucket over TLS 1.2 or newer and to a queue over TLS, and over nothing else. */
async function* unencrypted(arn: string, resourcePolicy: readonly Statement[]): AsyncGenerator<string> {
  const principal = `arn:aws:iam::${account}:role/administrator`
  const all: Statement = { effect: 'Allow', actions: ['s3:*', 'sqs:*'], resources: ['*'], conditions: {} }
  const inQueue = arn.startsWith('arn:aws:sqs:')
  const requests: readonly (readonly [string, string])[] = inQueue
    ? [
        ['sqs:SendMessage', arn],
        ['sqs:ReceiveMessage', arn],
      ]
    : [
        ['s3:ListBucket', arn],
        ['s3:GetObject', `${arn}/models/churn/1.0.0.onnx`],
        ['s3:PutObject', `${arn}/models/churn/1.0.0.onnx`],
      ]
  for (const [action, resource] of requests)
    for (const [secure, version] of [
      ['true', '1.3'],
      ['true', '1.2'],
      ['true', '1.1'],
      ['false', undefined],
    ] as const) {
      const context = {
        'aws:SecureTransport': secure,
        ...(version !== undefined && !inQueue && { 's3:TlsVersion': version }),
      }
      const { allowed } = await ask({
        principal,
        action,
        resource,
        context,
        statements: [all],
        resourcePolicy,
      })
      const isSafe = inQueue ? secure === 'true' : version === '1.3' || version === '1.2'
      if (allowed !== isSafe)
        yield `${action} on ${resource} over ${version ?? 'plain HTTP'} is ${allowed ? 'allowed' : 'denied'}`
    }
}
