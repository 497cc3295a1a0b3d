import { tagKeys } from './endpoint-tags.ts'
import { isModelName, resourceName } from './names.ts'

/** The kinds of things that releases make at run time, in the order in which they can go: what uses before what is used. */
export const madeKinds = [
  'scaling target',
  'endpoint',
  'endpoint configuration',
  'sagemaker model',
  'function',
] as const
export type MadeKind = (typeof madeKinds)[number]

/** Something that was found in the account. */
export interface Found {
  readonly kind: MadeKind
  readonly name: string
  /** As the service itself answers them, never as an index of tags remembers them. */
  readonly tags: Readonly<Record<string, string>>
  /** RFC 3339, UTC. */
  readonly madeAt?: string
  /** What it costs while nobody calls it, for people; absent where it costs nothing. */
  readonly costs?: string
}

/** Something that a platform made, and may take away. */
export interface Made extends Found {
  readonly model: string
  readonly version: string
}

/** Why something that was found is not touched. */
export interface Foreign {
  readonly found: Found
  readonly reason: string
}

/**
 * Tell what a platform made from what others did. A name alone says nothing: two platforms may have names that begin
 * alike, and people name things as they like. So it is ours where its tags say platform, model and version, and where
 * its name is the one that a release of these makes.
 */
export function sortedOut(
  platform: string,
  found: readonly Found[],
): { readonly made: readonly Made[]; readonly foreign: readonly Foreign[] } {
  const made: Made[] = []
  const foreign: Foreign[] = []
  for (const one of found) {
    const reason = whyForeign(platform, one)
    if (reason !== undefined) foreign.push({ found: one, reason })
    else
      made.push({
        ...one,
        model: one.tags[tagKeys.model] ?? '',
        version: one.tags[tagKeys.version] ?? '',
      })
  }
  return { made: inOrder(made), foreign }
}

function whyForeign(platform: string, { name, tags }: Found): string | undefined {
  const { [tagKeys.platform]: owner, [tagKeys.model]: model = '', [tagKeys.version]: version = '' } = tags
  if (owner === undefined) return `it has no tag ${tagKeys.platform}`
  if (owner !== platform) return `it belongs to the platform '${owner}'`
  if (!isModelName(model) || version === '') return 'its tags do not say which model and version it is of'
  const expected = resourceName(platform, model, version)
  return belongsTo(name, expected) ? undefined : `its name is not that of ${model} ${version}, ${expected}`
}

/** A thing of a version is named by `resourceName`; a scaling target by `{name}/variant/{variant}`. */
function belongsTo(name: string, expected: string): boolean {
  return name.split('/')[0] === expected
}

/** What uses before what is used; the same order every time. */
function inOrder(made: readonly Made[]): Made[] {
  return made.toSorted(
    (a, b) =>
      madeKinds.indexOf(a.kind) - madeKinds.indexOf(b.kind) ||
      (a.name < b.name ? -1 : Number(a.name > b.name)),
  )
}

/** One after the other: everything of a kind is gone before the next kind begins. */
export function waves(made: readonly Made[]): readonly (readonly Made[])[] {
  return madeKinds.map((kind) => made.filter((one) => one.kind === kind)).filter((wave) => wave.length > 0)
}

/**
 * What must stay because something that uses it is still there: a configuration whose endpoint could not be deleted.
 * @returns the name of what holds it
 */
export function heldBy(one: Made, left: readonly Made[]): string | undefined {
  return left.find(
    (other) =>
      other.model === one.model &&
      other.version === one.version &&
      other.kind !== 'function' &&
      madeKinds.indexOf(other.kind) < madeKinds.indexOf(one.kind),
  )?.name
}

/** What is not taken away, and why. */
export const stays = [
  {
    what: 'ECR repositories with their images',
    why: 'the stack made them: `cdk destroy` removes them, or keeps them where models are retained',
    costs: '0.10 USD a GB and month',
  },
  {
    what: 'log groups',
    why: 'they belong to the stack, and their lines go after their retention',
    costs: '0.03 USD a GB and month',
  },
  {
    what: 'the model store, the records and the registry',
    why: 'they are retained, so that a platform can be made again with its history',
    costs: '0.023 USD a GB and month for the store, 0.25 for the registry',
  },
] as const
