import { sha256Hex } from './digest.ts'

/** Docker v2 schema 2, the one kind of image that Lambda and SageMaker both take (SageMaker refuses OCI's). */
export const mediaTypes = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const

/** Something that lies in an image registry under its digest. */
export interface Descriptor {
  readonly mediaType: string
  readonly size: number
  readonly digest: string
}

export interface ImageManifest {
  readonly schemaVersion: number
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

/** An image's configuration: of the many things in it, those that are looked at or changed here. */
export interface ImageConfig {
  readonly created?: string
  readonly os?: string
  readonly architecture?: string
  readonly config?: {
    readonly Labels?: Readonly<Record<string, string>> | null
    readonly Env?: readonly string[] | null
    readonly Entrypoint?: readonly string[] | null
    readonly Cmd?: readonly string[] | null
  }
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] }
  readonly history?: readonly Readonly<Record<string, unknown>>[]
}

/** A layer in a registry: its digest as it lies there, and that of the tar inside it. */
export interface Layer {
  readonly digest: string
  readonly size: number
  readonly diffId: string
}

/** Whose image it is. */
export interface ImageOf {
  readonly model: string
  readonly version: string
  /** The digest of the artifact in it. */
  readonly artifact: string
  /** What its server is told of the version, where that lies in the image beside the artifact. */
  readonly told?: string | undefined
}

const versionLabel = 'sluice.version'
const artifactLabel = 'sluice.artifact'
const toldLabel = 'sluice.told'

/**
 * The image of a version: a runtime's dependency image and one layer more. Its label keeps the digests of two versions
 * apart that hold the same bytes, so that neither is collected with the other; their layers stay shared.
 * @returns config and manifest as the text to push: the same for the same input
 */
export function withLayer(
  manifest: ImageManifest,
  config: ImageConfig,
  layer: Layer,
  of: ImageOf,
): { readonly config: string; readonly manifest: string } {
  const created = config.created === undefined ? {} : { created: config.created }
  const configText = JSON.stringify({
    ...config,
    config: { ...config.config, Labels: { ...config.config?.Labels, ...labelsOf(of) } },
    rootfs: { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, layer.diffId] },
    history: [...(config.history ?? []), { ...created, created_by: `sluice: ${nameOf(of)}` }],
  })
  const { digest, size } = layer
  return {
    config: configText,
    manifest: JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, ...described(configText) },
      layers: [...manifest.layers, { mediaType: mediaTypes.layer, size, digest }],
    }),
  }
}

/** Size and digest of a text. */
export function described(text: string): { readonly size: number; readonly digest: string } {
  return { size: new TextEncoder().encode(text).length, digest: `sha256:${sha256Hex(text)}` }
}

/** Whether an image is the version's: on top of this runtime, with this artifact, labelled as its own. */
export function isImageOf(
  found: { readonly manifest: ImageManifest; readonly config: ImageConfig },
  runtime: ImageManifest,
  of: ImageOf,
): boolean {
  const { Labels } = found.config.config ?? {}
  const below = found.manifest.layers.slice(0, -1).map(({ digest }) => digest)
  return (
    Object.entries(labelsOf(of)).every(([label, value]) => Labels?.[label] === value) &&
    below.length === runtime.layers.length &&
    runtime.layers.every(({ digest }, i) => digest === below[i])
  )
}

/**
 * The immutable tag of a version's image. `_` is in no model's name and in no version, so no two versions meet in one
 * tag; what the image is made of is part of it, so that a failed version can be released anew from other bytes.
 */
export function imageTag({ model, version, artifact, told }: ImageOf, runtimeDigest: string): string {
  const madeOf = [runtimeDigest, artifact, ...(told === undefined ? [] : [told])]
  return `${model}_${version}_${sha256Hex(madeOf.join('\n')).slice(0, 12)}`
}

/** The tag of a runtime's dependency image. @param key tells what it is made of: template, lock file, architecture */
export function dependencyTag(key: string): string {
  return `deps-${key}`
}

/** Of a template and a lock in one word. @param lock its SHA-256, in hex */
export function lockedKey(template: string, lock: string): string {
  return sha256Hex(`${template}\n${lock}`).slice(0, 16)
}

function labelsOf(of: ImageOf): Readonly<Record<string, string>> {
  return {
    [versionLabel]: nameOf(of),
    [artifactLabel]: of.artifact,
    ...(of.told !== undefined && { [toldLabel]: `sha256:${sha256Hex(of.told)}` }),
  }
}

function nameOf({ model, version }: ImageOf): string {
  return `${model}@${version}`
}
