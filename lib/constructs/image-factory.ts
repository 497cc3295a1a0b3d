import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BuildSpec, LinuxArmBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { Construct } from 'constructs'
import { OwnRole } from './own-role.ts'
import { allow } from './rights.ts'
import type { RuntimeRepositories } from './runtime-repositories.ts'

const modelTemplates = join(import.meta.dirname, '..', '..', 'model-templates')

export interface ImageFactoryProps {
  /** Where images are put. */
  readonly repositories: RuntimeRepositories
  /** The runtimes that can be built: folders of model-templates. @default - those that there are repositories of */
  readonly runtimes?: string[]
  /** Where builds write their log. @default - one of its own, kept for a month */
  readonly logGroup?: ILogGroup
  /** What encrypts a build's artifacts and cache. @default - a key of AWS's own */
  readonly encryptionKey?: IKey
}

/**
 * Builds the dependency image of a runtime, only when a release finds none with its key. The values of a build come as
 * environment variables and are checked against a pattern before the shell sees them; none is put into the commands.
 */
export class ImageFactory extends Construct {
  readonly project: Project
  /**
   * By runtime and architecture, what its dependency image is made of in one word: another template or lock file,
   * another word, another image.
   */
  readonly keys: Record<string, Record<string, string>>

  constructor(scope: Construct, id: string, props: ImageFactoryProps) {
    super(scope, id)
    this.keys = Object.fromEntries(
      (props.runtimes ?? props.repositories.runtimes).map((runtime) => [runtime, keysOf(runtime)]),
    )
    const templates = new Asset(this, 'Templates', { path: modelTemplates })
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
      buildSpec: BuildSpec.fromObject({
        version: '0.2',
        phases: {
          build: {
            commands: [
              'case "$RUNTIME$IMAGE_KEY" in *[!a-z0-9]*|"") echo "malformed RUNTIME or IMAGE_KEY"; exit 1;; esac',
              'case "$REPOSITORY_URI" in *[!a-z0-9./_-]*|"") echo "malformed REPOSITORY_URI"; exit 1;; esac',
              'REGISTRY=$(echo "$REPOSITORY_URI" | cut -d/ -f1)',
              'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"',
              'docker build --provenance=false --sbom=false --tag "$REPOSITORY_URI:deps-$IMAGE_KEY" "$RUNTIME"',
              'docker push "$REPOSITORY_URI:deps-$IMAGE_KEY"',
            ],
          },
        },
      }),
    })
    logGroup.grantWrite(role)
    props.encryptionKey?.grantEncryptDecrypt(role)
    const { bucket, s3ObjectKey } = templates
    allow(role, [bucket.arnForObjects(s3ObjectKey)], 's3:GetObject', 's3:GetObjectVersion')
    allow(role, [bucket.bucketArn], 's3:GetBucketAcl', 's3:GetBucketLocation')
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

/** Documentation is no part of an image. */
const undone = /(?:^|\/)(?:node_modules\/|README\.md$)/

function keysOf(runtime: string): Record<string, string> {
  const folder = join(modelTemplates, runtime)
  const files = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !undone.test(path))
    .toSorted()
  const keyOf = (architecture: string) => {
    const hash = createHash('sha256').update(architecture)
    for (const path of files) hash.update(`\n${path}\n`).update(readFileSync(join(folder, path)))
    return hash.digest('hex').slice(0, 16)
  }
  return { arm64: keyOf('arm64'), x86_64: keyOf('x86_64') }
}
