import { resourceName } from './names.ts'

export type Tags = Readonly<Record<string, string>>

/** The tags of whatever a release makes for one version. @param own a person's own, which never replace ours */
export function endpointTags(platform: string, model: string, version: string, own: Tags = {}): Tags {
  return { ...own, 'sluice:platform': platform, 'sluice:model': model, 'sluice:version': version }
}

/**
 * Whether a resource of one of our names is ours, by its tags: they name the model and the version that its name was
 * derived from. Whoever else chose the name did not know them.
 */
export function isTaggedAsOurs(tags: Tags, platform: string, name: string): boolean {
  const { 'sluice:platform': owner, 'sluice:model': model, 'sluice:version': version } = tags
  if (owner !== platform || model === undefined || version === undefined) return false
  return resourceName(platform, model, version) === name
}
