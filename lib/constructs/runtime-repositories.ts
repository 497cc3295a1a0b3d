import { RemovalPolicy } from 'aws-cdk-lib'
import { type IRepository, Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr'
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { endpointArns } from './rights.ts'

export interface RuntimeRepositoriesProps {
  readonly platformName: string
  /** The runtimes that can be served: one repository each. */
  readonly runtimes: string[]
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

/** An image repository for each runtime: its dependency images, and one image a version on top of them. */
export class RuntimeRepositories extends Construct {
  /** The name of a runtime's repository is this prefix and the runtime. */
  readonly prefix: string
  readonly repositories: IRepository[]

  constructor(scope: Construct, id: string, props: RuntimeRepositoriesProps) {
    super(scope, id)
    this.prefix = `${props.platformName}/`
    this.repositories = props.runtimes.map((runtime) => {
      const repository = new Repository(this, runtime, {
        repositoryName: `${this.prefix}${runtime}`,
        imageTagMutability: TagMutability.IMMUTABLE,
        removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
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
          conditions: { ArnLike: { 'aws:SourceArn': endpointArns(this, props.platformName) } },
        }),
      )
      return repository
    })
  }
}
