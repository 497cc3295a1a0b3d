import { IgnoreMode } from 'aws-cdk-lib'
import { BuildSpec, LinuxArmBuildImage, Project, type ProjectProps, Source } from 'aws-cdk-lib/aws-codebuild'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { Construct } from 'constructs'
import { buildCommands } from './build-commands.ts'
import { dockerfileCommands } from './dockerfile-commands.ts'
import type { ModelStore } from './model-store.ts'
import { OwnRole } from './own-role.ts'
import { allow, grantBuildLocks, grantTellUnbuilt } from './rights.ts'
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
  /** Where builds of Dockerfiles write theirs, whose words are anybody's. @default - one of its own, kept for a month */
  readonly dockerfileLogGroup?: ILogGroup
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
   * Builds the Dockerfiles of releases. Their steps are somebody else's: the role may fill the repository of containers,
   * and can reach no other image and no lock.
   */
  readonly dockerfiles: Project
  /**
   * What handlers are told, as JSON: by runtime, what its dependency images are made of. Another file of the template,
   * another word, another image.
   */
  readonly templates: string

  constructor(scope: Construct, id: string, props: ImageFactoryProps) {
    super(scope, id)
    const runtimes = props.runtimes ?? props.repositories.runtimes
    this.templates = JSON.stringify(
      Object.fromEntries(runtimes.map((runtime) => [runtime, runtimeTemplate(runtime)])),
    )
    const templates = new Asset(this, 'Templates', {
      path: modelTemplates,
      exclude: noPart,
      ignoreMode: IgnoreMode.GIT,
    })
    const role = this.builder('Role', 'Builds the dependency images of Sluice.')
    this.project = new Project(this, 'Project', {
      ...this.builds(role, buildCommands, props.logGroup ?? this.logGroup('Logs'), props),
      description: 'Builds the dependency image of a Sluice runtime.',
      source: Source.s3({ bucket: templates.bucket, path: templates.s3ObjectKey }),
    })
    const { bucket, s3ObjectKey } = templates
    allow(role, [bucket.arnForObjects(s3ObjectKey)], 's3:GetObject', 's3:GetObjectVersion')
    allow(role, [bucket.bucketArn], 's3:GetBucketAcl', 's3:GetBucketLocation')
    grantBuildLocks(props.store, role)
    allow(role, ['*'], 'ecr:GetAuthorizationToken')
    for (const { repositoryArn } of props.repositories.repositories) allow(role, [repositoryArn], ...pushing)
    this.dockerfiles = this.dockerfileProject(props)
  }

  private dockerfileProject(props: ImageFactoryProps): Project {
    const role = this.builder('DockerfileRole', 'Builds the Dockerfiles of releases of Sluice.')
    const logGroup = props.dockerfileLogGroup ?? this.logGroup('DockerfileLogs')
    const project = new Project(this, 'DockerfileProject', {
      ...this.builds(role, dockerfileCommands, logGroup, props),
      description: 'Builds the Dockerfile of a release of Sluice.',
    })
    grantTellUnbuilt(props.store, role)
    allow(role, ['*'], 'ecr:GetAuthorizationToken')
    const { runtimes, repositories } = props.repositories
    for (const { repositoryArn } of repositories.filter((_, i) => runtimes[i] === 'container'))
      allow(role, [repositoryArn], ...pushing, 'ecr:GetDownloadUrlForLayer')
    return project
  }

  private logGroup(id: string): LogGroup {
    return new LogGroup(this, id, { retention: RetentionDays.ONE_MONTH })
  }

  private builder(id: string, description: string): OwnRole {
    return new OwnRole(this, id, { service: 'codebuild.amazonaws.com', description })
  }

  /** What all builds have in common. */
  private builds(
    role: OwnRole,
    commands: readonly string[],
    logGroup: ILogGroup,
    { encryptionKey, store }: ImageFactoryProps,
  ): ProjectProps {
    logGroup.grantWrite(role)
    encryptionKey?.grantEncryptDecrypt(role)
    return {
      ...(encryptionKey !== undefined && { encryptionKey }),
      // What the library would add reaches further than a build does.
      role: role.withoutPolicyUpdates(),
      grantReportGroupPermissions: false,
      logging: { cloudWatch: { logGroup } },
      environment: { buildImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0, privileged: true },
      environmentVariables: { STORE: { value: store.bucket.bucketName } },
      buildSpec: BuildSpec.fromObject({ version: '0.2', phases: { build: { commands: [...commands] } } }),
    }
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
