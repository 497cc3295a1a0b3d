import { IgnoreMode } from 'aws-cdk-lib'
import { BuildSpec, LinuxArmBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { Construct } from 'constructs'
import { buildCommands } from './build-commands.ts'
import type { ModelStore } from './model-store.ts'
import { OwnRole } from './own-role.ts'
import { allow, grantBuildLocks } from './rights.ts'
import type { RuntimeRepositories } from './runtime-repositories.ts'
import { modelTemplates, noPart, runtimeTemplate } from './runtime-templates.ts'

export interface ImageFactoryProps {
  /** Where images are put. */
  readonly repositories: RuntimeRepositories
  /** Where what versions ask for lies, and the locks that are made of it. */
  readonly store: ModelStore
  /** The runtimes that can be built: folders of model-templates. @default - those that there are repositories of */
  readonly runtimes?: string[]
  /** Where builds write their log. @default - one of its own, kept for a month */
  readonly logGroup?: ILogGroup
  /** What encrypts a build's artifacts and cache. @default - a key of AWS's own */
  readonly encryptionKey?: IKey
}

/**
 * Builds the dependency image of a runtime, only when a release finds none with its key, and the lock that it is built
 * of. The values of a build come as environment variables and are checked against a pattern before the shell sees them;
 * none is put into the commands, and what people wrote comes as a file.
 */
export class ImageFactory extends Construct {
  readonly project: Project
  /**
   * What handlers are told, as JSON: by runtime, what its dependency images are made of. Another file of the template,
   * another word, another image.
   */
  readonly templates: string

  constructor(scope: Construct, id: string, props: ImageFactoryProps) {
    super(scope, id)
    const { bucket: store } = props.store
    const runtimes = props.runtimes ?? props.repositories.runtimes
    this.templates = JSON.stringify(
      Object.fromEntries(runtimes.map((runtime) => [runtime, runtimeTemplate(runtime)])),
    )
    const templates = new Asset(this, 'Templates', {
      path: modelTemplates,
      exclude: noPart,
      ignoreMode: IgnoreMode.GIT,
    })
    const role = new OwnRole(this, 'Role', {
      service: 'codebuild.amazonaws.com',
      description: 'Builds the dependency images of Sluice.',
    })
    const logGroup = props.logGroup ?? new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH })
    this.project = new Project(this, 'Project', {
      ...(props.encryptionKey !== undefined && { encryptionKey: props.encryptionKey }),
      // What the library would add reaches further than a build does.
      role: role.withoutPolicyUpdates(),
      grantReportGroupPermissions: false,
      logging: { cloudWatch: { logGroup } },
      description: 'Builds the dependency image of a Sluice runtime.',
      source: Source.s3({ bucket: templates.bucket, path: templates.s3ObjectKey }),
      environment: { buildImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0, privileged: true },
      environmentVariables: { STORE: { value: store.bucketName } },
      buildSpec: BuildSpec.fromObject({
        version: '0.2',
        phases: { build: { commands: [...buildCommands] } },
      }),
    })
    logGroup.grantWrite(role)
    props.encryptionKey?.grantEncryptDecrypt(role)
    const { bucket, s3ObjectKey } = templates
    allow(role, [bucket.arnForObjects(s3ObjectKey)], 's3:GetObject', 's3:GetObjectVersion')
    allow(role, [bucket.bucketArn], 's3:GetBucketAcl', 's3:GetBucketLocation')
    grantBuildLocks(props.store, role)
    allow(role, ['*'], 'ecr:GetAuthorizationToken')
    for (const { repositoryArn } of props.repositories.repositories) allow(role, [repositoryArn], ...pushing)
  }
}

/** What `docker push` takes. */
const pushing = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:CompleteLayerUpload',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
]
