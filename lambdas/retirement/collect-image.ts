import { imageUsers } from '../../lib/rules/collection.ts'
import type { Image, VersionRecord } from '../../lib/rules/model-version.ts'
import type { Ports } from '../ports.ts'

/** Remove the image of a version that is being collected, unless another version needs it. @returns what was done, for people */
export async function collectImage(
  { registry, images }: Pick<Ports, 'registry' | 'images'>,
  version: VersionRecord,
  image: Image,
): Promise<string> {
  for (const model of await registry.modelNames()) {
    const [user] = imageUsers({ ...version, image }, await registry.versions(model))
    if (user !== undefined) return `left its image, which ${user} needs`
  }
  await images.remove(image)
  return 'removed its image'
}
