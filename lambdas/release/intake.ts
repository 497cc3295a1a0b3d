import { uploadRef } from '../../lib/rules/artifact.ts'
import { judgeUpload, releaseOperationId } from '../../lib/rules/intake.ts'
import { parseReleaseKey } from '../../lib/rules/names.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { begin } from '../operations.ts'
import type { Ports, Upload } from '../ports.ts'

/** An upload that was not whole after a day is given up. */
const longestUploadMs = 24 * 3600 * 1000

/** How an object was noticed. */
export interface Notice {
  readonly actor: string
  /** Found by a listing, which finds the same every time: what is ignored is not told again. */
  readonly listed?: true
}

/**
 * Take in a created object: the only way a release begins. Called once or more for every object, in any order, by the
 * store's events and by a listing that finds the lost ones.
 * @returns the release that the object belongs to, where it began one
 */
export async function takeIn(
  ports: Ports,
  key: string,
  { actor, listed }: Notice,
): Promise<Operation | undefined> {
  const upload = uploadOf(key)
  if ('refused' in upload) {
    if (!listed) await ports.events.publish({ type: 'Upload Ignored', key, message: upload.refused })
    return undefined
  }
  const { model, version } = upload
  const listing = await ports.store.listing(upload)
  if (listing.length === 0) return undefined
  const ref = uploadRef(listing)
  const decision = judgeUpload(await ports.registry.version(model, version), ref)
  if (decision.action === 'report' && !listed)
    await ports.events.publish({ type: 'Upload Ignored', model, version, key, message: decision.reason })
  if (decision.action !== 'release') return undefined
  const now = ports.clock.now()
  return begin(ports, {
    id: releaseOperationId(model, version, ref),
    kind: 'release',
    model,
    version,
    state: 'running',
    actor,
    reason: 'uploaded to the model store',
    startedAt: new Date(now).toISOString(),
    deadline: now + longestUploadMs,
    progress: [],
    upload: { ref, ...(upload.object !== undefined && { object: upload.object }) },
    executions: 0,
  })
}

function uploadOf(key: string): Upload | { refused: string } {
  try {
    const { model, version, path } = parseReleaseKey(key)
    return { model, version, ...(path === undefined && { object: key }) }
  } catch (error) {
    if (isProblem(error)) return { refused: error.message }
    throw error
  }
}
