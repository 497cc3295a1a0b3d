import {
  CfnParameter,
  type DockerImageAssetLocation,
  type DockerImageAssetSource,
  type FileAssetLocation,
  type FileAssetSource,
  Fn,
  type ISynthesisSession,
  Stack,
  StackSynthesizer,
} from 'aws-cdk-lib'

/**
 * Looks for the files of a stack where its parameters say, and asks nothing else of an account: no bootstrap, no roles
 * of the CDK's, no rule about their version.
 */
export class ParameterAssets extends StackSynthesizer {
  /** By the name that the template knows it by, the file or folder that is meant, from the assembly's root. */
  readonly assets = new Map<string, string>()
  #parameters: { readonly bucket: CfnParameter; readonly prefix: CfnParameter } | undefined

  addFileAsset({ sourceHash, fileName }: FileAssetSource): FileAssetLocation {
    if (fileName === undefined) throw new Error('an asset of this stack is made by a program of the CLI')
    const name = `${sourceHash}.zip`
    this.assets.set(name, fileName)
    this.#parameters ??= declared(this.boundStack)
    const { bucket, prefix } = this.#parameters
    const bucketName = bucket.valueAsString
    const objectKey = Fn.join('', [prefix.valueAsString, name])
    const { region, urlSuffix } = Stack.of(bucket)
    return {
      bucketName,
      objectKey,
      httpUrl: `https://s3.${region}.${urlSuffix}/${bucketName}/${objectKey}`,
      s3ObjectUrl: `s3://${bucketName}/${objectKey}`,
    }
  }

  addDockerImageAsset({ sourceHash }: DockerImageAssetSource): DockerImageAssetLocation {
    throw new Error(`a template without bootstrap has no repository for image asset ${sourceHash}`)
  }

  synthesize(session: ISynthesisSession): void {
    this.synthesizeTemplate(session)
    this.emitArtifact(session)
  }
}

function declared(stack: Stack) {
  return {
    bucket: new CfnParameter(stack, 'AssetsBucket', {
      description:
        'The bucket, in the Region of the stack, that the files beside this template were copied to.',
      allowedPattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
      constraintDescription: 'the name of a bucket: 3 to 63 of a-z, 0-9, . and -',
    }),
    prefix: new CfnParameter(stack, 'AssetsPrefix', {
      description: 'What their keys begin with: nothing, or a path that ends with /.',
      default: 'sluice/',
      allowedPattern: '^(?:[A-Za-z0-9_.-]+/)*$',
      constraintDescription: 'empty, or parts of A-Z, a-z, 0-9, _, . and -, each ended by /',
    }),
  }
}
