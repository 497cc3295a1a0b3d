import type { VersionRecord } from './model-version.ts'

/**
 * The versions that need the image of one that goes: those that are served from it, and those being made that may yet
 * be given it, since they are of the same bytes or it is not known of which. What failed packs anew.
 */
export function imageUsers(
  goes: Pick<VersionRecord, 'model' | 'version' | 'artifact' | 'image'>,
  versions: readonly VersionRecord[],
): string[] {
  const mayBeGiven = ({ state, artifact, image }: VersionRecord) =>
    state === 'CREATING' &&
    image === undefined &&
    (artifact === undefined || artifact.digest === goes.artifact?.digest)
  const has = ({ state, image }: VersionRecord) =>
    (state === 'CREATING' || state === 'READY') && image?.digest === goes.image?.digest && image !== undefined
  return versions
    .filter(({ model, version }) => model !== goes.model || version !== goes.version)
    .filter((one) => has(one) || mayBeGiven(one))
    .map(({ model, version }) => `${model} ${version}`)
}
