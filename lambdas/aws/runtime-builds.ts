import type { Runtime } from '../../lib/rules/manifest.ts'
import type { PackInput } from '../ports.ts'

/** A build that failed is told to every release that waits for it, for so long; then the next one tries again. */
export const failureStandsMs = 10 * 60 * 1000

/** A build that failed tells its reason before it ends: the reason is to be heard for as long as the failure stands. */
export const reasonStandsMs = failureStandsMs + 60_000

/** Builds what images of versions stand on, once, when a release finds none. */
export interface RuntimeBuilds {
  /** Have it built, or find it being built. @throws Problem where it could not be */
  request(build: RuntimeBuild): Promise<void>
}

/**
 * A dependency image, or the lock of one: what is asked for lies in the store under the key. Or the image of a Dockerfile:
 * the files of its release lie in the repository, as the image `context-KEY`.
 */
export type RuntimeBuild = ImageBuild | LockBuild | DockerfileBuild

interface Build {
  readonly runtime: Runtime
  readonly architecture: PackInput['architecture']
  /** What it is made of, in one word. */
  readonly key: string
}

interface ImageBuild extends Build {
  readonly task: 'image'
  /** `HOST/REPOSITORY`, without a tag. */
  readonly repository: string
  /** The SHA-256 of the lock, 64 hex digits; absent where the runtime has no dependencies but its own. */
  readonly lock?: string
}

interface DockerfileBuild extends Build {
  readonly task: 'dockerfile'
  /** `HOST/REPOSITORY`, without a tag. */
  readonly repository: string
}

interface LockBuild extends Build {
  readonly task: 'lock'
}
