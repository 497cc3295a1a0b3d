import { sha256Hex } from './digest.ts'
import type { VersionRecord } from './model-version.ts'

/** What an upload means for the version it belongs to. */
export type IntakeDecision =
  | { readonly action: 'release' }
  /** The event is doubled, late, or one of many of a release under way: nothing is to be said. */
  | { readonly action: 'ignore' }
  /** New bytes under a version that is immutable: nothing changes, and somebody should know. */
  | { readonly action: 'report'; readonly reason: string }

/**
 * Judge an upload. Events may come twice, late and in any order, and a listing repeats them all; only an upload that
 * is really new releases a version, or one that failed once more. @param upload `uploadRef` of what is there now
 */
export function judgeUpload(version: VersionRecord | undefined, upload: string): IntakeDecision {
  if (version === undefined) return { action: 'release' }
  if (version.state === 'CREATING' || version.upload === upload) return { action: 'ignore' }
  if (version.state === 'FAILED') return { action: 'release' }
  return {
    action: 'report',
    reason: `${version.model} ${version.version} was released before and is immutable; what is served did not change. Upload under a new version`,
  }
}

/** Whether an upload could release a version at all, whatever its bytes are: only then is it worth looking at them. */
export function mayRelease(version: Pick<VersionRecord, 'state'> | undefined): boolean {
  return version === undefined || version.state === 'FAILED'
}

/** The id of the operation that releases an upload: the same for every event about the same bytes. */
export function releaseOperationId(model: string, version: string, upload: string): string {
  return `release-${sha256Hex(`${model}\n${version}\n${upload}`).slice(0, 16)}`
}

/** The id of the promotion that a release starts: the same however often the step is called. */
export function promotionOfRelease(releaseId: string): string {
  return `promotion-${sha256Hex(releaseId).slice(0, 16)}`
}
