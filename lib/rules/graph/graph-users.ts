import type { VersionRecord } from '../model-version.ts'

/** Whether a graph that may be asked, or is about to be, asks a version. */
export function asksVersion(
  { state, graph }: Pick<VersionRecord, 'state' | 'graph'>,
  model: string,
  version: string,
): boolean {
  if (state !== 'READY' && state !== 'CREATING') return false
  return Object.values(graph?.pins ?? {}).some((pin) => pin.model === model && pin.version === version)
}
