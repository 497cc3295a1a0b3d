import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import {
  type IRepository,
  Repository,
  RepositoryEncryption,
  TagMutability,
  TagStatus,
} from 'aws-cdk-lib/aws-ecr'
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import { usualImageSources } from '../rules/container/image-sources.ts'
import { checkedPlatformName } from './platform-name.ts'
import { endpointArns } from './rights.ts'
import { builtRuntimes } from './runtime-templates.ts'

export interface RuntimeRepositoriesProps {
  /** Begins the names of the repositories. 2 to 12 of a-z and 0-9, a letter first. @default 'sluice' */
  readonly platformName?: string
  /** The runtimes that can be served: one repository each. @default - every runtime that Sluice can build */
  readonly runtimes?: string[]
  /**
   * The ECR repositories of this account and Region whose images manifests may name by `image:`, by their names; a `*`
   * stands for any part of one. Whoever may upload a model can have these images run, and read what is in them.
   * @default - those whose names begin with the platform's name and `/images/`, as `sluice/images/*`
   */
  readonly imageSources?: string[]
  /** What encrypts the images. @default - keys of AWS's own */
  readonly encryptionKey?: IKey
  /** What becomes of the images when the stack is destroyed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

/** An image repository for each runtime: its dependency images, and one image a version on top of them. */
export class RuntimeRepositories extends Construct {
  /** The name of a runtime's repository is this prefix and the runtime. */
  readonly prefix: string
  readonly repositories: IRepository[]
  readonly platformName: string
  readonly runtimes: string[]
  /** The repositories whose images manifests may name. */
  readonly imageSourceArns: string[]

  constructor(scope: Construct, id: string, props: RuntimeRepositoriesProps = {}) {
    super(scope, id)
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN } = props
    this.platformName = checkedPlatformName(props.platformName)
    this.runtimes = props.runtimes ?? builtRuntimes()
    this.prefix = `${this.platformName}/`
    this.imageSourceArns = (props.imageSources ?? [usualImageSources(this.prefix)]).map((source) =>
      Stack.of(this).formatArn({
        service: 'ecr',
        resource: 'repository',
        resourceName: checkedImageSource(source),
      }),
    )
    this.repositories = this.runtimes.map((runtime) => {
      const repository = new Repository(this, runtime, {
        repositoryName: `${this.prefix}${runtime}`,
        imageTagMutability: TagMutability.IMMUTABLE,
        ...(encryptionKey !== undefined && { encryption: RepositoryEncryption.KMS, encryptionKey }),
        removalPolicy,
        // A repository that holds an image cannot be deleted otherwise.
        emptyOnDelete: removalPolicy === RemovalPolicy.DESTROY,
        // Only what no version names may expire: every version's image is tagged.
        lifecycleRules: [{ tagStatus: TagStatus.UNTAGGED, maxImageCount: 10 }],
      })
      // Functions are made at release time, so nobody else tells Lambda that it may pull from here.
      repository.addToResourcePolicy(
        new PolicyStatement({
          sid: 'LambdaPulls',
          effect: Effect.ALLOW,
          principals: [new ServicePrincipal('lambda.amazonaws.com')],
          actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          // On behalf of the functions that this platform's releases make, and nobody's in another account.
          conditions: { ArnLike: { 'aws:SourceArn': endpointArns(this, this.platformName) } },
        }),
      )
      return repository
    })
  }
}

/** Everything would be a source: whoever may upload could read every image of the account. */
function checkedImageSource(name: string): string {
  if (/^[a-z0-9][a-z0-9._/*-]*$/.test(name)) return name
  throw new Error(
    `imageSources has '${name}'; allowed are names of ECR repositories of this account, such as 'team/churn' or 'team/*'`,
  )
}
