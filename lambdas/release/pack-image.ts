import { runsNothing } from '../../lib/rules/graph/graph-endpoint.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { imageClaims } from '../../lib/rules/quota.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { packInputOf } from './pack-input.ts'
import { lookAgain } from './waiting.ts'
import { stayWithinQuotas } from './within-quotas.ts'

type Packed = { readonly status: 'packed' } | { readonly status: 'building'; readonly waitUntil: string }

/** Put the runtime and the artifact together into an immutable image. */
export const packImage =
  (ports: Ports): Step<StepInput, Packed> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    const { model, version } = operation
    const record = await ports.registry.version(model, version)
    // Nothing runs for a graph: there is nothing to make an image of.
    if (record?.manifest !== undefined && runsNothing(record.manifest.runtime)) return { status: 'packed' }
    const input = record && packInputOf(record)
    if (record?.manifest === undefined || input === undefined)
      throw new Problem('platform-fault', 'the artifact was not inspected')
    await stayWithinQuotas(ports, id, { model, version }, imageClaims(record.manifest))
    const image = await ports.images.pack(input)
    if ('building' in image) {
      const waitUntil = lookAgain(ports, operation, 'platform-fault', `the ${input.runtime} runtime`)
      await note(ports, id, {}, image.building)
      return { status: 'building', waitUntil }
    }
    const seen = { state: 'CREATING', owner: id } as const
    await ports.registry.changeVersion(model, { version, seen, facts: { image } })
    const of = image.from === undefined ? '' : ` of ${image.from}`
    await note(ports, id, {}, `packed image ${image.digest.slice(0, 19)}${of}`)
    return { status: 'packed' }
  }
