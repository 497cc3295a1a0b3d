import { nextStage, type ReleaseStage } from '../../lib/rules/model-version.ts'
import { isOver } from '../../lib/rules/operation.ts'
import { askedBy, end, note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'

/** Where the release goes on: a release that starts again enters at the stage it had reached. */
interface Claimed {
  readonly status: ReleaseStage | 'duplicate' | 'over'
}

/** Claim the version for this release alone, or find it claimed and end quietly. */
export const claimVersion =
  (ports: Ports): Step<StepInput, Claimed> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    if (isOver(operation)) return { status: 'over' }
    const { model, version, upload } = operation
    const standing = await ports.registry.claim({
      model,
      version,
      state: 'CREATING',
      owner: id,
      createdAt: operation.startedAt,
      upload: upload?.ref ?? '',
    })
    if (standing.owner !== id) {
      await end(ports, id, 'succeeded', `another release has claimed ${model} ${version} (${standing.owner})`)
      return { status: 'duplicate' }
    }
    await note(ports, id, {}, 'claimed the version')
    const status = nextStage(standing)
    if (status === 'freeze')
      await ports.events.publish({
        type: 'Release Started',
        ...askedBy(operation),
        message: 'its release has begun',
      })
    return { status }
  }
