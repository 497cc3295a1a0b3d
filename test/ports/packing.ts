import type { ArtifactStore, ImageFactory, PackInput } from '../../lambdas/ports.ts'
import { artifactDigest } from '../../lib/rules/artifact.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { until } from '../harness/until.ts'

const signature = {
  inputs: [{ name: 'x', type: 'float32', shape: [2] }],
  outputs: [{ name: 'y', type: 'float32', shape: [] }],
} as const

/** Upload a release and freeze it: what an image is made of. */
export async function frozenRelease(
  {
    store,
    put,
  }: {
    readonly store: ArtifactStore
    put(key: string, content: string | Uint8Array): Promise<void>
  },
  model: string,
  version: string,
  content: Readonly<Record<string, string | Uint8Array>>,
): Promise<PackInput> {
  for (const [path, bytes] of Object.entries(content)) await put(`models/${model}/${version}/${path}`, bytes)
  const upload = { model, version }
  const files = await store.freeze(upload, await store.listing(upload))
  const digest = artifactDigest(files)
  return { model, version, runtime: 'onnx', architecture: 'x86_64', digest, files, signature }
}

/** Pack, for as long as the runtime's own image is being built. */
export function packed(images: ImageFactory, input: PackInput): Promise<Image> {
  const look = async () => {
    const image = await images.pack(input)
    return 'building' in image ? undefined : image
  }
  return until(`an image of ${input.model} ${input.version}`, look, 60_000)
}
