import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { artifactLayer } from '../../lambdas/aws/artifact-layer.ts'
import { ImageRepository, type RegistryAccess } from '../../lambdas/aws/image-registry.ts'
import { described, mediaTypes } from '../../lib/rules/image-layers.ts'

/** Push an image of one small layer: enough to append to, nothing that runs. */
export async function pushSmallBase(access: RegistryAccess, repository: string, tag: string): Promise<void> {
  const registry = new ImageRepository(access, repository)
  const bytes = Buffer.from('a runtime')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const file = { path: 'runtime', size: bytes.length, sha256, ref: '' }
  const { layer, kept } = await registry.pushLayer(
    artifactLayer({ files: [file], open: async () => Readable.from([bytes]) }),
  )
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['serve'], Labels: { base: 'yes' } },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  })
  await Promise.all([kept, registry.pushText(config)])
  await registry.tag(
    tag,
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, ...described(config) },
      layers: [{ mediaType: mediaTypes.layer, size: layer.size, digest: layer.digest }],
    }),
  )
}
