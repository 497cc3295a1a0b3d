import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { Registry } from '../ports.ts'

/** Every model with its versions, as they stood at one moment. */
export type EveryVersion = ReadonlyMap<string, readonly VersionRecord[]>

export async function everyVersion(
  registry: Pick<Registry, 'modelNames' | 'versions'>,
): Promise<EveryVersion> {
  const models = new Map<string, readonly VersionRecord[]>()
  for (const model of await registry.modelNames()) models.set(model, await registry.versions(model))
  return models
}
