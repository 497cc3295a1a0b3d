import type { Needed } from './command-rights.ts'
import type { Deployment } from './deployment.ts'

/** A call that a role makes, and why it is known that it does. */
export interface Call extends Needed {
  readonly why: string
}

/** What a role's holder is, and all the calls that the role is for. */
export interface Holder {
  readonly service: string
  /** What acts: the function, the machine, the project. Absent where it is made at run time. */
  readonly arn?: string
  readonly name: string
  /** The one policy, managed elsewhere, that a service demands of the role. */
  readonly demanded?: string
  readonly calls: readonly Call[]
}

/** What a function is told by its environment. */
export function variablesOf(deployment: Deployment, properties: Readonly<Record<string, unknown>>) {
  return (deployment.resolve(properties['Environment']) as { Variables: Record<string, string> }).Variables
}

export const roleIn = (value: unknown) => (value as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0]

/** What Lambda and CodeBuild do with the role that they are given, in a group that is there. */
export function logged(deployment: Deployment, group: string): Call[] {
  const [one] = deployment.ofType('AWS::Logs::LogGroup').filter(([id]) => deployment.name(id) === group)
  if (one === undefined)
    throw new Error(`the log group ${group} is not in the template: nothing would expire there`)
  const streams = ['2026/11/23/one', ...streamsOf(deployment, group)]
  return streams.flatMap((stream) =>
    ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
      action,
      resource: `${deployment.arn(one[0]).replace(/:\*$/, '')}:log-stream:${stream}`,
      why: 'it writes a log, in a stream that Lambda names',
    })),
  )
}

/** The streams of a group that have names of their own: no pattern of Lambda's streams leaves them out. */
function streamsOf(deployment: Deployment, group: string): string[] {
  return deployment
    .ofType('AWS::Logs::LogStream')
    .filter(([, { LogGroupName }]) => deployment.text(LogGroupName) === group)
    .map(([id]) => deployment.name(id))
}

/** What a trace takes: actions that know no resource. @param more what samples by itself asks for as well */
export function traced(...more: string[]): Call[] {
  return ['PutTraceSegments', 'PutTelemetryRecords', ...more].map((action) => ({
    action: `xray:${action}`,
    resource: '*',
    why: 'it is traced',
  }))
}

export const keyOf = ({ action, resource, context = {} }: Needed) =>
  JSON.stringify([action, resource, context])

export function once(calls: readonly Call[]): Call[] {
  return [...new Map(calls.map((call) => [keyOf(call), call])).values()]
}
