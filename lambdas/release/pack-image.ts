import { architectureOf } from '../../lib/rules/architecture.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { imageClaims } from '../../lib/rules/quota.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { lookAgain } from './waiting.ts'
import { stayWithinQuotas } from './within-quotas.ts'

type Packed = { readonly status: 'packed' } | { readonly status: 'building'; readonly waitUntil: string }

/** Put the runtime and the artifact together into an immutable image. */
export const packImage =
  (ports: Ports): Step<StepInput, Packed> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    const { model, version } = operation
    const { artifact, manifest, signature, entry, requirements } =
      (await ports.registry.version(model, version)) ?? {}
    if (artifact === undefined || manifest === undefined || signature === undefined)
      throw new Problem('platform-fault', 'the artifact was not inspected')
    const { digest, files } = artifact
    const { runtime } = manifest
    await stayWithinQuotas(ports, id, { model, version }, imageClaims(manifest))
    const image = await ports.images.pack({
      ...{ model, version, runtime, digest, files, signature },
      architecture: architectureOf(manifest.host),
      ...(entry !== undefined && { entry }),
      ...(requirements !== undefined && { requirements }),
    })
    if ('building' in image) {
      const waitUntil = lookAgain(ports, operation, 'platform-fault', `the ${runtime} runtime`)
      await note(ports, id, {}, image.building)
      return { status: 'building', waitUntil }
    }
    const seen = { state: 'CREATING', owner: id } as const
    await ports.registry.changeVersion(model, { version, seen, facts: { image } })
    await note(ports, id, {}, `packed image ${image.digest.slice(0, 19)}`)
    return { status: 'packed' }
  }
