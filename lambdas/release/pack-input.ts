import { architectureOf } from '../../lib/rules/architecture.ts'
import { runsNothing } from '../../lib/rules/graph/graph-endpoint.ts'
import { mayBeOpaque } from '../../lib/rules/manifest.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { PackInput } from '../ports.ts'

/** What a version's image is made of, as its record tells it. @returns undefined where it was not inspected yet */
export function packInputOf(version: VersionRecord): PackInput | undefined {
  const { artifact, manifest, signature, entry, layout, requirements } = version
  if (artifact === undefined || manifest === undefined) return undefined
  if (runsNothing(manifest.runtime)) return undefined
  if (signature === undefined && !mayBeOpaque(manifest)) return undefined
  const { image, container, unsafePickle } = manifest
  return {
    model: version.model,
    version: version.version,
    runtime: manifest.runtime,
    architecture: architectureOf(manifest.host),
    digest: artifact.digest,
    files: artifact.files,
    ...(signature !== undefined && { signature }),
    ...(image !== undefined && { image }),
    ...(container !== undefined && { container }),
    ...(entry !== undefined && { entry }),
    ...(layout !== undefined && { layout }),
    ...(unsafePickle === true && { unsafePickle }),
    ...(requirements !== undefined && { requirements }),
  }
}
