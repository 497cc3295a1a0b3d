import { resourceName } from './names.ts'

export type Tags = Readonly<Record<string, string>>

/** The keys by which everything that a release makes says whose it is. */
export const tagKeys = {
  platform: 'sluice:platform',
  model: 'sluice:model',
  version: 'sluice:version',
} as const

/** The tags of whatever a release makes for one version. @param own a person's own, which never replace ours */
export function endpointTags(platform: string, model: string, version: string, own: Tags = {}): Tags {
  return { ...own, [tagKeys.platform]: platform, [tagKeys.model]: model, [tagKeys.version]: version }
}

/** Of which version a resource is, as its tags say; undefined where they do not say all of it. */
export function taggedVersion(
  tags: Tags,
): { readonly platform: string; readonly model: string; readonly version: string } | undefined {
  const platform = tags[tagKeys.platform]
  const model = tags[tagKeys.model]
  const version = tags[tagKeys.version]
  return platform === undefined || model === undefined || version === undefined
    ? undefined
    : { platform, model, version }
}

/**
 * Whether a resource of one of our names is ours, by its tags: they name the model and the version that its name was
 * derived from. Whoever else chose the name did not know them.
 */
export function isTaggedAsOurs(tags: Tags, platform: string, name: string): boolean {
  const of = taggedVersion(tags)
  return of?.platform === platform && resourceName(platform, of.model, of.version) === name
}
