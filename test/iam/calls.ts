import type { Machine } from '../../lib/rules/operation.ts'
import { machines } from '../../lib/rules/operation.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { type Needed, neededFor, overTls } from './command-rights.ts'
import type { Deployment } from './deployment.ts'
import { portMethods, reachOf } from './reach.ts'
import type { Recording } from './recorded.ts'

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
  readonly calls: readonly Call[]
}

/** The machines that a function starts, where its code does: the one argument that says so is not in the code's text. */
const starts: Readonly<Record<string, readonly Machine[]>> = {
  created: ['release'],
  listed: machines,
  control: ['promotion', 'rollback', 'retirement'],
  startPromotion: ['promotion'],
  continuePromotion: ['promotion'],
}

/** What a handler's code could come to, and never does. */
const never: Readonly<Record<string, readonly string[]>> = {
  // What a listing finds was told before: `listed` hands on that nothing is to be said.
  listed: ['events.publish'],
}

export interface Derived {
  /** By the logical id of the role. */
  readonly holders: ReadonlyMap<string, Holder>
  readonly unmapped: readonly string[]
}

/** Every call of every role: out of the code of functions, the definitions of machines, and the settings of builds. */
export async function derivedCalls(deployment: Deployment, recording: Recording): Promise<Derived> {
  const unmapped: string[] = []
  const found = [
    ...(await functionHolders(deployment, recording, unmapped)),
    ...machineHolders(deployment, unmapped),
    ...buildHolders(deployment),
    ...servingHolders(deployment),
  ]
  const holders = new Map<string, Holder>()
  for (const [role, holder] of found) {
    const other = holders.get(role)
    if (other !== undefined) throw new Error(`${holder.name} and ${other.name} share the role ${role}`)
    holders.set(role, holder)
  }
  return { holders, unmapped }
}

export function variablesOf(deployment: Deployment, properties: Readonly<Record<string, unknown>>) {
  return (deployment.resolve(properties['Environment']) as { Variables: Record<string, string> }).Variables
}

const roleIn = (value: unknown) => (value as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0]

async function functionHolders(
  deployment: Deployment,
  recording: Recording,
  unmapped: string[],
): Promise<[string, Holder][]> {
  const methods = portMethods()
  return Promise.all(
    deployment.ofType('AWS::Lambda::Function').map(async ([id, properties]): Promise<[string, Holder]> => {
      const code = deployment.handlers.get(id)
      if (code === undefined)
        throw new Error(`the function ${id} is no HandlerFunction: tell test/iam/calls.ts what it calls`)
      const name = code.handler === 'handler' ? code.entry : code.handler
      const reached = (await reachOf(code, methods)).filter(
        (method) => never[name]?.includes(method) !== true,
      )
      const project = variablesOf(deployment, properties)[environment.imageProject] ?? ''
      const calls = reached.flatMap((method) =>
        (recording.get(method) ?? []).flatMap((sent) => {
          const needed = neededFor(sent, { project }, method)
          if (needed === undefined)
            unmapped.push(`${sent.command} of ${method}: add it to test/iam/command-rights.ts`)
          return (needed ?? []).map((one) => ({ ...one, why: `${method} sends ${sent.command}` }))
        }),
      )
      const { LogGroup } = properties['LoggingConfig'] as { LogGroup: unknown }
      const holder: Holder = {
        service: 'lambda.amazonaws.com',
        arn: deployment.arn(id),
        name,
        calls: once([...startsOnly(name, calls), ...logged(deployment, deployment.text(LogGroup))]),
      }
      return [roleIn(properties['Role']), holder]
    }),
  )
}

function startsOnly(name: string, calls: readonly Call[]): Call[] {
  const isStart = ({ action }: Call) => action === 'states:StartExecution'
  if (calls.some(isStart) && starts[name] === undefined)
    throw new Error(`${name} starts machines: say which in test/iam/calls.ts`)
  return calls.filter(
    (call) => !isStart(call) || starts[name]?.some((kind) => call.resource.endsWith(`-${kind}`)),
  )
}

/** What Lambda and CodeBuild do with the role that they are given, in a group that is there. */
function logged(deployment: Deployment, group: string): Call[] {
  const [one] = deployment.ofType('AWS::Logs::LogGroup').filter(([id]) => deployment.name(id) === group)
  if (one === undefined)
    throw new Error(`the log group ${group} is not in the template: nothing would expire there`)
  const resource = `${deployment.arn(one[0]).replace(/:\*$/, '')}:log-stream:2026/11/23/one`
  return ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
    action,
    resource,
    why: 'it writes a log',
  }))
}

/** Step Functions delivers logs by rights that know no resource (its documentation lists them). */
const delivery = [
  'CreateLogDelivery',
  'GetLogDelivery',
  'UpdateLogDelivery',
  'DeleteLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'DescribeResourcePolicies',
  'DescribeLogGroups',
].map((action): Call => ({ action: `logs:${action}`, resource: '*', why: 'its log is delivered' }))

function machineHolders(deployment: Deployment, unmapped: string[]): [string, Holder][] {
  return deployment.ofType('AWS::StepFunctions::StateMachine').map(([id, properties]) => {
    const tasks = tasksIn(JSON.parse(deployment.text(properties['DefinitionString'])))
    const calls = tasks.flatMap(({ name, resource }): Call[] => {
      if (resource.startsWith('arn:aws:lambda:'))
        return [{ action: 'lambda:InvokeFunction', resource, why: `its state ${name}` }]
      unmapped.push(`${resource} of the state ${name}: add it to test/iam/calls.ts`)
      return []
    })
    const logs = properties['LoggingConfiguration'] === undefined ? [] : delivery
    const name = deployment.name(id)
    return [
      roleIn(properties['RoleArn']),
      { service: 'states.amazonaws.com', arn: deployment.arn(id), name, calls: once([...calls, ...logs]) },
    ]
  })
}

interface State {
  readonly Type: string
  readonly Resource?: string
  readonly Iterator?: Definition
  readonly ItemProcessor?: Definition
  readonly Branches?: readonly Definition[]
}

interface Definition {
  readonly States: Readonly<Record<string, State>>
}

function tasksIn({ States }: Definition): { readonly name: string; readonly resource: string }[] {
  return Object.entries(States).flatMap(
    ([name, { Type, Resource = '', Iterator, ItemProcessor, Branches = [] }]) => [
      ...(Type === 'Task' ? [{ name, resource: Resource }] : []),
      ...[Iterator, ItemProcessor, ...Branches].filter((one) => one !== undefined).flatMap(tasksIn),
    ],
  )
}

/** What `docker push` and the fetching of the source take; CodeBuild's documentation lists them. */
const pushing = [
  'BatchCheckLayerAvailability',
  'BatchGetImage',
  'CompleteLayerUpload',
  'InitiateLayerUpload',
  'PutImage',
  'UploadLayerPart',
]

function buildHolders(deployment: Deployment): [string, Holder][] {
  return deployment.ofType('AWS::CodeBuild::Project').map(([id, properties]) => {
    const { Location } = properties['Source'] as { Location: unknown }
    const [bucket = '', ...key] = deployment.text(Location).split('/')
    const group = (properties['LogsConfig'] as { CloudWatchLogs?: { GroupName?: unknown } })?.CloudWatchLogs
      ?.GroupName
    if (group === undefined)
      throw new Error(`the project ${id} logs into a group of its own, which keeps it for ever`)
    const calls: Call[] = [
      ...['s3:GetObject', 's3:GetObjectVersion'].map((action) => ({
        action,
        resource: `arn:aws:s3:::${bucket}/${key.join('/')}`,
        context: overTls,
        why: 'its source',
      })),
      ...['s3:GetBucketAcl', 's3:GetBucketLocation'].map((action) => ({
        action,
        resource: `arn:aws:s3:::${bucket}`,
        context: overTls,
        why: 'whose bucket its source lies in',
      })),
      { action: 'ecr:GetAuthorizationToken', resource: '*', why: 'aws ecr get-login-password' },
      ...deployment.ofType('AWS::ECR::Repository').flatMap(([repository]) =>
        pushing.map((action) => ({
          action: `ecr:${action}`,
          resource: deployment.arn(repository),
          why: 'docker push',
        })),
      ),
      ...logged(deployment, deployment.text(group)),
    ]
    const name = deployment.name(id)
    return [
      roleIn(properties['ServiceRole']),
      { service: 'codebuild.amazonaws.com', arn: deployment.arn(id), name, calls },
    ]
  })
}

/** Model functions are made at release time; what they run as is told to the step that makes them. */
function servingHolders(deployment: Deployment): [string, Holder][] {
  const [first] = deployment.ofType('AWS::Lambda::Function')
  if (first === undefined) return []
  const told = variablesOf(deployment, first[1])
  return deployment
    .ofType('AWS::IAM::Role')
    .filter(([id]) => deployment.arn(id) === told[environment.servingRole])
    .map(([id]) => [
      id,
      {
        service: 'lambda.amazonaws.com',
        name: 'model functions',
        calls: logged(deployment, told[environment.servingLogGroup] ?? ''),
      },
    ])
}

export const keyOf = ({ action, resource, context = {} }: Needed) =>
  JSON.stringify([action, resource, context])

function once(calls: readonly Call[]): Call[] {
  return [...new Map(calls.map((call) => [keyOf(call), call])).values()]
}
