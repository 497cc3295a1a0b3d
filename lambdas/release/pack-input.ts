import { architectureOf } from '../../lib/rules/architecture.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { PackInput } from '../ports.ts'

/** What a version's image is made of, as its record tells it. @returns undefined where it was not inspected yet */
export function packInputOf(version: VersionRecord): PackInput | undefined {
  const { artifact, manifest, signature, entry, layout, requirements } = version
  if (artifact === undefined || manifest === undefined || signature === undefined) return undefined
  return {
    model: version.model,
    version: version.version,
    runtime: manifest.runtime,
    architecture: architectureOf(manifest.host),
    digest: artifact.digest,
    files: artifact.files,
    signature,
    ...(entry !== undefined && { entry }),
    ...(layout !== undefined && { layout }),
    ...(requirements !== undefined && { requirements }),
  }
}
