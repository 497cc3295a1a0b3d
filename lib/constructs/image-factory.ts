import { join } from 'node:path'
import { BuildSpec, LinuxArmBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { Construct } from 'constructs'
import type { RuntimeRepositories } from './runtime-repositories.ts'

const modelTemplates = join(import.meta.dirname, '..', '..', 'model-templates')

export interface ImageFactoryProps {
  readonly repositories: RuntimeRepositories
}

/**
 * Builds the dependency image of a runtime, only when a release finds none with its key. The values of a build come as
 * environment variables and are checked against a pattern before the shell sees them; none is put into the commands.
 */
export class ImageFactory extends Construct {
  readonly project: Project

  constructor(scope: Construct, id: string, props: ImageFactoryProps) {
    super(scope, id)
    const templates = new Asset(this, 'Templates', { path: modelTemplates })
    this.project = new Project(this, 'Project', {
      description: 'Builds the dependency image of a Sluice runtime.',
      source: Source.s3({ bucket: templates.bucket, path: templates.s3ObjectKey }),
      environment: { buildImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0, privileged: true },
      buildSpec: BuildSpec.fromObject({
        version: '0.2',
        phases: {
          build: {
            commands: [
              'case "$RUNTIME$IMAGE_KEY" in *[!a-z0-9]*|"") echo "malformed RUNTIME or IMAGE_KEY"; exit 1;; esac',
              'REGISTRY=$(echo "$REPOSITORY_URI" | cut -d/ -f1)',
              'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"',
              'docker buildx build --provenance=false --sbom=false --output type=image,oci-mediatypes=false,push=true --tag "$REPOSITORY_URI:deps-$IMAGE_KEY" "$RUNTIME"',
            ],
          },
        },
      }),
    })
    for (const repository of props.repositories.repositories) repository.grantPullPush(this.project)
  }
}
