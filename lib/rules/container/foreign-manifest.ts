import type { Architecture } from '../architecture.ts'
import { type Descriptor, type ImageConfig, mediaTypes } from '../image-layers.ts'
import { Problem, shown } from '../problem.ts'

const oci = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json'

/** What a registry is asked for by a name that somebody else chose: an image, or a list of images by processor. */
export const foreignTypes = [mediaTypes.manifest, oci.manifest, dockerList, oci.index].join(', ')

/** An image of somebody else's: of the two kinds that there are, as the one that Lambda and SageMaker both take. */
export interface ForeignImage {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

/** The processors by the names that images have for them. */
export const processors = { arm64: 'arm64', x86_64: 'amd64' } as const satisfies Record<Architecture, string>

/** Lambda takes images of 10 GB, uncompressed, and SageMaker serverless does. */
const largestImage = 10 * 1024 ** 3
/** An engine stacks no more, and two come on top. */
const mostLayers = 125

interface Document {
  readonly schemaVersion?: unknown
  readonly mediaType?: unknown
  readonly config?: unknown
  readonly layers?: unknown
  readonly manifests?: unknown
}

interface Listed {
  readonly digest?: unknown
  readonly platform?: { readonly os?: unknown; readonly architecture?: unknown; readonly variant?: unknown }
}

/**
 * Read what a registry has under the name of an image.
 * @param which the image, as a sentence names it @returns the image, or the digest of the one for the processor
 * @throws Problem `image-unavailable` for what cannot be served
 */
export function readForeign(
  document: Document,
  contentType: string,
  architecture: Architecture,
  which: string,
): ForeignImage | { readonly digest: string } {
  const type = typeof document.mediaType === 'string' ? document.mediaType : contentType
  if (type === oci.index || type === dockerList) return { digest: chosen(document, architecture, which) }
  if (type !== mediaTypes.manifest && type !== oci.manifest)
    throw unfit(
      which,
      `is of the kind ${shown(type)}; allowed are images of Docker (schema 2) and OCI: push it anew with a builder of today`,
    )
  const { config, layers } = document
  if (!isDescriptor(config) || !Array.isArray(layers) || !layers.every(isDescriptor))
    throw unfit(which, 'has a manifest that cannot be read: push it anew')
  refuseUncommon(layers, which)
  return {
    config: { mediaType: mediaTypes.config, size: config.size, digest: config.digest },
    layers: layers.map(({ size, digest }) => ({ mediaType: mediaTypes.layer, size, digest })),
  }
}

/** @throws Problem `image-unavailable` for an image of another processor, or one that is not what it says */
export function refuseUnfit(
  { os, architecture: found, rootfs }: ImageConfig,
  { layers }: ForeignImage,
  architecture: Architecture,
  which: string,
): void {
  if (os !== 'linux' || found !== processors[architecture])
    throw otherProcessor(which, [`${os ?? 'unknown'}/${found ?? 'unknown'}`], architecture)
  if (!Array.isArray(rootfs?.diff_ids) || rootfs.diff_ids.length !== layers.length)
    throw unfit(which, 'has a configuration that does not fit its layers: push it anew')
}

function chosen({ manifests }: Document, architecture: Architecture, which: string): string {
  const listed = Array.isArray(manifests) ? (manifests as readonly Listed[]) : []
  // A variant of a processor may be more than what there is: the plain one comes first.
  const fitting = listed
    .filter(({ platform }) => platform?.os === 'linux' && platform.architecture === processors[architecture])
    .toSorted((one, other) => Number(isVariant(one)) - Number(isVariant(other)))
  const [first] = fitting
  if (first === undefined) throw otherProcessor(which, listed.map(placeOf), architecture)
  if (!isDigest(first.digest)) throw unfit(which, 'has a list of images that cannot be read: push it anew')
  return first.digest
}

function isVariant({ platform }: Listed): boolean {
  return platform?.variant !== undefined && platform.variant !== 'v8'
}

function placeOf({ platform }: Listed): string {
  return `${platform?.os ?? 'unknown'}/${platform?.architecture ?? 'unknown'}`
}

function refuseUncommon(layers: readonly Descriptor[], which: string): void {
  const odd = layers.find(({ mediaType }) => mediaType !== mediaTypes.layer && mediaType !== oci.layer)
  if (odd !== undefined)
    throw unfit(
      which,
      `has a layer of the kind ${shown(odd.mediaType)}, and Lambda and SageMaker take gzip alone: push it with \`docker buildx build --output type=image,compression=gzip,force-compression=true,push=true\``,
    )
  if (layers.length > mostLayers)
    throw unfit(which, `has ${layers.length} layers; allowed are ${mostLayers}: copy in fewer steps`)
  const bytes = layers.reduce((sum, { size }) => sum + size, 0)
  if (bytes > largestImage)
    throw unfit(
      which,
      `has ${(bytes / 1024 ** 3).toFixed(1)} GB; allowed are 10, uncompressed: leave out what does not serve`,
    )
}

function otherProcessor(which: string, found: readonly string[], architecture: Architecture): Problem {
  const there = [...new Set(found)].filter((one) => !one.startsWith('unknown')).join(' and ')
  const wanted = processors[architecture]
  const other = architecture === 'arm64' ? 'x86_64' : 'arm64'
  const mend = there.includes(`linux/${processors[other]}`)
    ? `say \`host: {architecture: ${other}}\` in model.yaml, or push one for linux/${wanted}`
    : `push one for linux/${wanted}`
  return unfit(
    which,
    `is for ${there === '' ? 'no processor that it names' : there}, and the version runs on linux/${wanted} (host.architecture): ${mend}`,
  )
}

function unfit(which: string, why: string): Problem {
  return new Problem('image-unavailable', `${which} ${why}`)
}

function isDescriptor(value: unknown): value is Descriptor {
  const { mediaType, size, digest } = (value ?? {}) as Partial<Descriptor>
  return typeof mediaType === 'string' && Number.isSafeInteger(size) && (size ?? -1) >= 0 && isDigest(digest)
}

/** What stands in a path of the registry's API. */
function isDigest(value: unknown): value is string {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)
}
