import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { move, refuseUnknown, refuseUnlessReady } from '../moves.ts'
import { askedBy, note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'

/** Make the version READY, with its whole record in the model's history, in one transaction. */
export const markReady =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    const { model, version, actor, reason } = operation
    const record = refuseUnknown(model, version, await ports.registry.version(model, version))
    if (record.state === 'READY') return {}
    await refuseGoneNodes(ports, record)
    const readyAt = new Date(ports.clock.now()).toISOString()
    const released: VersionRecord = { ...record, state: 'READY', readyAt }
    const unsafePickle = record.manifest?.unsafePickle === true && { unsafePickle: true as const }
    await move(ports, model, (seen) => ({
      moved: seen,
      happening: { kind: 'released', version, actor, reason, operation: id, ...unsafePickle, released },
      change: { version, seen: { state: 'CREATING', owner: id }, facts: { state: 'READY', readyAt } },
      unready: true,
    })).catch(async (error: unknown) => {
      // The same step, called twice at the same time: the other one was faster.
      const now = await ports.registry.version(model, version)
      if (now?.state !== 'READY' || now.owner !== id) throw error
    })
    await note(ports, id, {}, 'ready')
    await ports.events.publish({
      type: 'Model Version Registered',
      ...askedBy(operation),
      message: 'ready',
      ...(record.artifact !== undefined && { artifact: record.artifact.digest }),
      ...(record.image !== undefined && { image: record.image.digest }),
    })
    return {}
  }

/**
 * A node may have been retired while its graph was being released. From inspection on the graph keeps its nodes, so what is
 * there now was there then.
 * @throws Problem `version-retired`
 */
async function refuseGoneNodes({ registry }: Ports, { graph }: VersionRecord): Promise<void> {
  for (const { model, version } of Object.values(graph?.pins ?? {}))
    refuseUnlessReady(model, version, await registry.version(model, version))
}
