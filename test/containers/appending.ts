import { createCipheriv, createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { LayeredImages, type Registry } from '../../lambdas/aws/layered-images.ts'
import type { PackInput } from '../../lambdas/ports.ts'
import { artifactDigest } from '../../lib/rules/artifact.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { withoutBuilds } from '../harness/unasked.ts'

/** The repository of the onnx runtime, and the tag that dependency images have. */
export const [runtimeRepository, runtimeTag] = ['sluice/onnx', 'deps-test']

/** The bytes of a version by their paths. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** What is to be appended to the runtime's image in a registry. */
export interface Append {
  /** The registry's host and port. */
  readonly host: string
  readonly model: string
  readonly version: string
  readonly files: Files
  /** What is known of it beside its files. @default of the onnx runtime, with no signature */
  readonly as?: Partial<Pick<PackInput, 'runtime' | 'entry' | 'layout' | 'signature' | 'image' | 'container'>>
}

/** Make the image of a version by our own code, of bytes in memory. */
export async function append({ host, model, version, files, as }: Append): Promise<Image> {
  const frozen = Object.entries(files).map(([path, bytes]) => ({
    path,
    size: Buffer.byteLength(bytes),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ref: path,
  }))
  const images = new LayeredImages({
    registry: registryAt(host),
    ...withoutBuilds('test'),
    open: async ({ ref }) => Readable.from([files[ref] ?? '']),
  })
  const digest = artifactDigest(frozen)
  const of = { model, version, digest, files: frozen, architecture: 'x86_64' } as const
  const image = await images.pack({ runtime: 'onnx', signature: { inputs: [], outputs: [] }, ...of, ...as })
  if ('building' in image) throw new Error('there is no image of the runtime')
  return image
}

/** Bytes that do not compress, the same for the same seed, which is less than 2^32. */
export function noise(seed: number, size: number): Uint8Array {
  const nonce = Buffer.alloc(16)
  nonce.writeUInt32LE(seed)
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), nonce).update(Buffer.alloc(size))
}

/** A registry that asks nobody who they are. */
function registryAt(host: string): Registry {
  return {
    access: async () => ({ endpoint: `http://${host}` }),
    host: async () => host,
    remove: () => Promise.reject(new Error('nothing is removed here')),
    repositoryPrefix: 'sluice/',
  }
}
