import { type ITaggableV2, Lazy, Stack, TagManager, TagType } from 'aws-cdk-lib'
import { Construct } from 'constructs'

/**
 * The tags that a person gave to this place or to anything around it, for what is made when no template is looked at
 * any more. Stands in the tree as a resource does, so that `Tags.of(app).add` reaches it.
 */
export class InheritedTags extends Construct implements ITaggableV2 {
  readonly cdkTagManager = new TagManager(TagType.MAP, 'Sluice::Release::Tags')
  /** JSON of names and values; read when the template is written, after the last tag was added. */
  readonly json: string

  /** @param own tags on top of the inherited ones */
  constructor(scope: Construct, id: string, own: Readonly<Record<string, string>> = {}) {
    super(scope, id)
    this.json = Lazy.string({ produce: () => Stack.of(this).toJsonString(this.checked(own)) })
  }

  private checked(own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const tags = { ...this.cdkTagManager.tagValues(), ...own }
    const names = Object.keys(tags)
    const ours = names.filter((name) => name.startsWith('sluice:'))
    if (ours.length > 0)
      throw new Error(
        `tags that begin with sluice: are Sluice's own, got: ${ours.join(', ')}; choose other names`,
      )
    // AWS allows 50 on a resource; three are the platform's, the model's and the version's.
    if (names.length > 47)
      throw new Error(
        `at most 47 tags reach what releases make, got: ${names.length}; AWS allows 50, Sluice needs 3`,
      )
    return tags
  }
}
