import { account, type Deployment, region } from './deployment.ts'

export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

/** A statement of a policy, its lists always lists. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  /** None in a trust policy and in those of repositories. */
  readonly resources: readonly string[]
  readonly principals?: Readonly<Record<string, readonly string[]>> | '*'
  readonly conditions: Conditions
}

export interface Role {
  readonly id: string
  readonly arn: string
  /** The ARNs of policies that somebody else may change. */
  readonly managed: readonly string[]
  readonly statements: readonly Statement[]
  readonly trust: readonly Statement[]
}

export interface Policies {
  readonly roles: ReadonlyMap<string, Role>
  /** By the ARN of what they stand at. */
  readonly resources: ReadonlyMap<string, readonly Statement[]>
}

interface Document {
  readonly Statement: Raw | readonly Raw[]
}

interface Raw {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>
  readonly Condition?: Conditions
}

export const many = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T]

const understood = new Set(['Effect', 'Action', 'Resource', 'Principal', 'Condition', 'Sid'])

/** @throws Error for an element that the proof would pass over in silence */
function statementsIn(document: unknown): Statement[] {
  return many((document as Document).Statement).map((raw) => {
    const strange = Object.keys(raw).filter((key) => !understood.has(key))
    if (strange.length > 0)
      throw new Error(
        `the proof does not understand ${strange.join(', ')} of a statement: ${JSON.stringify(raw)}`,
      )
    return {
      effect: raw.Effect,
      actions: many(raw.Action),
      resources: many(raw.Resource),
      conditions: raw.Condition ?? {},
      ...(raw.Principal !== undefined && {
        principals:
          raw.Principal === '*'
            ? raw.Principal
            : Object.fromEntries(Object.entries(raw.Principal).map(([kind, who]) => [kind, many(who)])),
      }),
    }
  })
}

/** Every policy of a deployment: what roles are allowed, who may be them, and what resources say themselves. */
export function policiesOf(deployment: Deployment): Policies {
  const attached = [...deployment.ofType('AWS::IAM::Policy'), ...deployment.ofType('AWS::IAM::ManagedPolicy')]
  const roles = deployment.ofType('AWS::IAM::Role').map(([id, properties]): [string, Role] => {
    const own = many(properties['Policies'] as { PolicyDocument: unknown }[]).map(
      ({ PolicyDocument }) => PolicyDocument,
    )
    const given = attached
      .filter(([, policy]) => many(policy['Roles'] as { Ref: string }[]).some(({ Ref }) => Ref === id))
      .map(([, policy]) => policy['PolicyDocument'])
    return [
      id,
      {
        id,
        arn: deployment.arn(id),
        managed: many(properties['ManagedPolicyArns'] as unknown[]).map((arn) => deployment.text(arn)),
        statements: [...own, ...given].flatMap((document) => statementsIn(deployment.resolve(document))),
        trust: statementsIn(deployment.resolve(properties['AssumeRolePolicyDocument'])),
      },
    ]
  })
  return { roles: new Map(roles), resources: resourcePolicies(deployment) }
}

function resourcePolicies(deployment: Deployment): Map<string, Statement[]> {
  const found = new Map<string, Statement[]>()
  const add = (arn: string, statements: readonly Statement[]) =>
    found.set(arn, [...(found.get(arn) ?? []), ...statements])
  for (const [, { Bucket, PolicyDocument }] of deployment.ofType('AWS::S3::BucketPolicy'))
    add(`arn:aws:s3:::${deployment.text(Bucket)}`, statementsIn(deployment.resolve(PolicyDocument)))
  for (const [, { Queues, PolicyDocument }] of deployment.ofType('AWS::SQS::QueuePolicy'))
    for (const queue of Queues as readonly unknown[])
      add(
        `arn:aws:sqs:${region}:${account}:${deployment.text(queue)}`,
        statementsIn(deployment.resolve(PolicyDocument)),
      )
  for (const [id, { RepositoryPolicyText }] of deployment.ofType('AWS::ECR::Repository'))
    if (RepositoryPolicyText !== undefined)
      add(deployment.arn(id), statementsIn(deployment.resolve(RepositoryPolicyText)))
  for (const [id, { KeyPolicy }] of deployment.ofType('AWS::KMS::Key'))
    add(deployment.arn(id), statementsIn(deployment.resolve(KeyPolicy)))
  for (const [, { FunctionName, Action, Principal, SourceArn }] of deployment.ofType(
    'AWS::Lambda::Permission',
  )) {
    const arn = deployment.text(FunctionName)
    add(arn, [
      {
        effect: 'Allow',
        actions: [String(Action)],
        resources: [arn],
        principals: { Service: [deployment.text(Principal)] },
        conditions:
          SourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': deployment.text(SourceArn) } },
      },
    ])
  }
  return found
}

/** Statements as IAM reads them. */
export function documentOf(statements: readonly Statement[]): object {
  return {
    Version: '2012-10-17',
    Statement: statements.map(({ effect, actions, resources, principals, conditions }) => ({
      Effect: effect,
      Action: actions,
      ...(resources.length > 0 && { Resource: resources }),
      ...(principals !== undefined && { Principal: principals }),
      ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
    })),
  }
}
