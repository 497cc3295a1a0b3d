import type { Architecture } from '../architecture.ts'
import { sha256Hex } from '../digest.ts'
import { described, type Layer, mediaTypes } from '../image-layers.ts'
import { processors } from './foreign-manifest.ts'

/** What a build of a Dockerfile is of, in one word: whoever brings the same files for the same processor shares it. */
export function dockerfileKey(artifact: string, architecture: Architecture): string {
  return sha256Hex(`${architecture}\n${artifact}`).slice(0, 32)
}

/** The tag of what a build is given: the files of the release. */
export function contextTag(key: string): string {
  return `context-${key}`
}

/** The tag of what a build has made. */
export function builtTag(key: string): string {
  return `built-${key}`
}

/** An image of one layer that nobody starts: the way of files to those who build. */
export function contextImage(layer: Layer, architecture: Architecture) {
  const config = JSON.stringify({
    ...{ os: 'linux', architecture: processors[architecture] },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  })
  const { digest, size } = layer
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, ...described(config) },
    layers: [{ mediaType: mediaTypes.layer, size, digest }],
  })
  return { config, manifest }
}
