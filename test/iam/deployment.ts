import type { CfnElement, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { HandlerFunction } from '../../lib/constructs/handler-function.ts'
import type { PlatformStackProps } from '../../lib/platform-stack.ts'
import { platformStack } from '../constructs/synthesized.ts'

export const account = '111122223333'
/** Somebody else's account. */
export const abroad = '999999999999'
export const region = 'eu-central-1'

export interface TemplateResource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
}

type Named = { readonly name: string; readonly id: string }

const inRegion = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`

/** What an attribute of a resource is once it is deployed. */
const attributes: Readonly<Record<string, (of: Named) => string>> = {
  'AWS::ApiGateway::RestApi.RootResourceId': ({ name }) => `root of ${name}`,
  'AWS::ApiGatewayV2::Api.ApiEndpoint': ({ name }) => `https://${name}.execute-api.${region}.amazonaws.com`,
  'AWS::CodeBuild::Project.Arn': ({ name }) => inRegion('codebuild', `project/${name}`),
  'AWS::DynamoDB::GlobalTable.Arn': ({ name }) => inRegion('dynamodb', `table/${name}`),
  'AWS::ECR::Repository.Arn': ({ name }) => inRegion('ecr', `repository/${name}`),
  'AWS::Events::EventBus.Arn': ({ name }) => inRegion('events', `event-bus/${name}`),
  'AWS::Events::Rule.Arn': ({ name }) => inRegion('events', `rule/${name}`),
  'AWS::IAM::Role.Arn': ({ name }) => `arn:aws:iam::${account}:role/${name}`,
  'AWS::KinesisFirehose::DeliveryStream.Arn': ({ name }) => inRegion('firehose', `deliverystream/${name}`),
  'AWS::KMS::Key.Arn': ({ name }) => inRegion('kms', `key/${name}`),
  'AWS::Lambda::Function.Arn': ({ name }) => inRegion('lambda', `function:${name}`),
  'AWS::Logs::LogGroup.Arn': ({ name }) => inRegion('logs', `log-group:${name}:*`),
  'AWS::SQS::Queue.Arn': ({ name }) => inRegion('sqs', name),
  'AWS::S3::Bucket.Arn': ({ name }) => `arn:aws:s3:::${name}`,
  'AWS::StepFunctions::StateMachine.Arn': ({ name }) => inRegion('states', `stateMachine:${name}`),
  'AWS::StepFunctions::StateMachine.Name': ({ name }) => name,
}

/** The properties in which a name may stand. Everything without one is named as CloudFormation does. */
const names = [
  'FunctionName',
  'RoleName',
  'RepositoryName',
  'StateMachineName',
  'TableName',
  'BucketName',
  'Name',
  'LogGroupName',
  'StageName',
]

const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::AccountId': account,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'Sluice',
}

/** A platform's template with every intrinsic resolved, as if it had been deployed to an account of its own. */
export class Deployment {
  readonly resources: Readonly<Record<string, TemplateResource>>
  /** By the logical id of a function of ours, the code that it runs. */
  readonly handlers: ReadonlyMap<string, { readonly entry: string; readonly handler: string }>

  constructor(props: PlatformStackProps = {}) {
    const stack: Stack = platformStack(props)
    this.resources = (
      Template.fromStack(stack).toJSON() as { Resources: Record<string, TemplateResource> }
    ).Resources
    this.handlers = new Map(
      stack.node
        .findAll()
        .filter((one) => one instanceof HandlerFunction)
        .map((fn) => [
          stack.getLogicalId(fn.node.defaultChild as CfnElement),
          { entry: fn.entry, handler: fn.exported },
        ]),
    )
  }

  ofType(type: string): [string, Readonly<Record<string, unknown>>][] {
    return Object.entries(this.resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties }]) => [id, Properties])
  }

  arn(id: string): string {
    return this.#attribute(id, 'Arn')
  }

  name(id: string): string {
    const { Type, Properties } = this.#resource(id)
    // A log stream names the group that it is in.
    const own = Type === 'AWS::Logs::LogStream' ? ['LogStreamName'] : names
    const given = own.map((name) => Properties?.[name]).find((name) => name !== undefined)
    if (given !== undefined) return this.text(given)
    const made = `Sluice-${id}`
    return Type === 'AWS::S3::Bucket' ? made.toLowerCase() : made
  }

  /** A value as text. @throws Error for what this cannot resolve */
  text(value: unknown): string {
    const resolved = this.resolve(value)
    if (typeof resolved === 'string') return resolved
    throw new Error(`a template's value that is no text: ${JSON.stringify(value)}`)
  }

  /** A value with every intrinsic in it resolved. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.resolve(each))
    if (typeof value !== 'object' || value === null) return value
    const [[key, argument], ...more] = Object.entries(value) as [[string, unknown], ...unknown[]]
    if (more.length === 0 && key === 'Ref') return this.#reference(String(argument))
    if (more.length === 0 && key.startsWith('Fn::')) return this.#intrinsic(key, argument)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.resolve(each)]))
  }

  #intrinsic(name: string, argument: unknown): unknown {
    const list = argument as [string, unknown, ...unknown[]]
    switch (name) {
      case 'Fn::GetAtt':
        return this.#attribute(list[0], String(list[1]))
      case 'Fn::Join':
        return (this.resolve(list[1]) as string[]).join(list[0])
      case 'Fn::Split':
        return this.text(list[1]).split(list[0])
      case 'Fn::Select':
        return (this.resolve(list[1]) as unknown[])[Number(list[0])]
      case 'Fn::Sub':
        return this.#substituted(Array.isArray(argument) ? list[0] : String(argument))
    }
    throw new Error(`the proof cannot resolve ${name} yet: add it to test/iam/deployment.ts`)
  }

  #substituted(text: string): string {
    return text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
      const [id = '', attribute] = name.split('.')
      return attribute === undefined ? this.#reference(id) : this.#attribute(id, attribute)
    })
  }

  #reference(id: string): string {
    const known = pseudo[id]
    if (known !== undefined) return known
    const { Type } = this.#resource(id)
    return Type === 'AWS::StepFunctions::StateMachine' ? this.arn(id) : this.name(id)
  }

  #attribute(id: string, attribute: string): string {
    const { Type } = this.#resource(id)
    const spelt = attributes[`${Type}.${attribute}`]
    if (spelt === undefined)
      throw new Error(`the proof does not know ${Type}.${attribute}: add it to test/iam/deployment.ts`)
    return spelt({ name: this.name(id), id })
  }

  #resource(id: string): TemplateResource {
    const found = this.resources[id]
    if (found === undefined) throw new Error(`the template refers to ${id}, and has no such resource`)
    return found
  }
}
