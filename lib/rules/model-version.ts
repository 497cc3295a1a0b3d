import type { FrozenArtifact } from './artifact.ts'
import type { LayoutName } from './detection/layout.ts'
import type { GraphRecord } from './graph/graph-definition.ts'
import type { Manifest } from './manifest.ts'
import type { ProblemFacts } from './problem.ts'
import type { Signature } from './signature.ts'

/**
 * The life of a version. CREATING belongs to one release; READY answers; FAILED never did and may be released anew;
 * RETIRED answers 410; DELETING is being collected.
 */
export type VersionState = 'CREATING' | 'READY' | 'FAILED' | 'RETIRED' | 'DELETING'

/** What is known of one version. Facts are added as its release goes on and never change after READY. */
export interface VersionRecord {
  readonly model: string
  readonly version: string
  readonly state: VersionState
  /** The operation that claimed the version: the only one that may change or undo it while it is CREATING. */
  readonly owner: string
  readonly createdAt: string
  /** What was uploaded, by `uploadRef`: tells a late or doubled event from a new upload. */
  readonly upload: string
  readonly artifact?: FrozenArtifact
  readonly manifest?: Manifest
  /** Absent before it was inspected, and where a container does not say what it takes. */
  readonly signature?: Signature
  /** The file of the artifact that is the model, or the program that answers for it. */
  readonly entry?: string
  /** What it was recognised as; absent in versions of before layouts were recorded. */
  readonly layout?: LayoutName
  /**
   * What it asks for besides its files, in the form of its runtime: of python the text of a requirements.txt. '' asks for
   * nothing; absent where the runtime has no environments.
   */
  readonly requirements?: string
  /** What it is made of, and the version that each of its nodes asks; only of a graph. */
  readonly graph?: GraphRecord
  readonly image?: Image
  readonly endpoint?: Endpoint
  /** How it answered its golden requests before it was READY. */
  readonly proof?: GoldenProof
  /** A request and its answer, as JSON: of the first golden request that is small enough. */
  readonly sample?: { readonly request: unknown; readonly answer: unknown }
  readonly readyAt?: string
  readonly retiredAt?: string
  /** Callers are told to leave it: in the headers of every answer. */
  readonly deprecation?: Deprecation | undefined
  readonly problem?: ProblemFacts
}

/** How many golden requests were answered: as expected, or at all where no answer was expected. */
export interface GoldenProof {
  readonly expected: number
  readonly answered: number
}

/** That a version will go: RFC 9745 and RFC 8594 say so to its callers. */
export interface Deprecation {
  /** RFC 3339, UTC. */
  readonly at: string
  /** Not retired before this: RFC 3339, UTC. */
  readonly sunset?: string
  /** The version that callers are to go to. */
  readonly successor?: string
  readonly reason: string
}

/** What the image factory made of an artifact: immutable, named by its digest. */
export interface Image {
  readonly digest: string
  readonly uri: string
  /** The digest of the lock of its dependencies: which bytes of which packages. Absent where nothing was locked. */
  readonly lock?: string
  /** The image that the manifest named, by its digest: `REGISTRY/NAME@sha256:…`. Absent where it named none. */
  readonly from?: string
}

/** Where a version answers. */
export interface Endpoint {
  readonly host: string
  readonly name: string
  /** The paths of its server, where they are not those of the contract: `/invocations` and `/ping`. */
  readonly predict?: string
  readonly readiness?: string
}

/** The next thing to do for a version whose release is under way; a release that starts again enters there. */
export type ReleaseStage = 'freeze' | 'inspect' | 'pack' | 'deploy' | 'ready'

export function nextStage(version: VersionRecord): ReleaseStage {
  if (version.state === 'READY') return 'ready'
  if (version.artifact === undefined) return 'freeze'
  if (version.manifest === undefined) return 'inspect'
  if (version.image === undefined) return 'pack'
  return 'deploy'
}
