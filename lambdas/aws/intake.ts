import { findLostUploads } from '../monitoring/find-lost-uploads.ts'
import { resumeOperations } from '../monitoring/resume-operations.ts'
import { expireApprovals } from '../promotion/approval.ts'
import { takeIn } from '../release/intake.ts'
import { awsPorts } from './ports.ts'

const ports = awsPorts()

/** An object was created in the model store. EventBridge may say so twice, late, and in any order. */
export async function created(event: { readonly detail: S3ObjectCreated }): Promise<void> {
  await takeIn(ports, event.detail.object.key, { actor: event.detail.requester })
}

interface S3ObjectCreated {
  readonly object: { readonly key: string }
  readonly requester: string
}

/** The schedule that finds the uploads whose events were lost, the operations whose machine never started, and what nobody approved in time. */
export async function listed(): Promise<void> {
  await findLostUploads(ports, 'listing')
  await expireApprovals(ports)
  await resumeOperations(ports)
}
