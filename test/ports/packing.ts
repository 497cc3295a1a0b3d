import type { ArtifactStore, ImageFactory, PackInput } from '../../lambdas/ports.ts'
import { artifactDigest } from '../../lib/rules/artifact.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { until } from '../harness/until.ts'

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
  return { model, version, runtime: 'onnx', architecture: 'x86_64', digest: artifactDigest(files), files }
}

/** Pack, for as long as the runtime's own image is being built. */
export function packed(images: ImageFactory, input: PackInput): Promise<Image> {
  return until(`an image of ${input.model} ${input.version}`, () => images.pack(input), 60_000)
}
