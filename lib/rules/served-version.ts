import type { LayoutName } from './detection/layout.ts'
import type { Signature } from './signature.ts'

/** What a server is told of the version that it serves: the content of its VERSION_FILE. */
export interface ServedVersion {
  /** The file that is the model, or the program that answers for it, by its path in the artifact. */
  readonly entry: string
  /** What was recognised, which says how it is loaded; absent in what was packed before layouts were recorded. */
  readonly layout?: LayoutName
  /** Absent where a container does not say what it takes. */
  readonly signature?: Signature
  /** Whether the model file is loaded without holding it to the list of what it may name. */
  readonly unsafePickle?: true
}

/** Of all that is known of a version, what its server is told. */
export function servedVersion({ entry, layout, signature, unsafePickle }: ServedVersion): ServedVersion {
  return {
    entry,
    ...(signature !== undefined && { signature }),
    ...(layout !== undefined && { layout }),
    ...(unsafePickle !== undefined && { unsafePickle }),
  }
}
