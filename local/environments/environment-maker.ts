import type { Building } from '../../lambdas/ports.ts'

/** What versions of one runtime run in: whatever they need besides their files, there for every version that needs the same. */
export interface Environment {
  /** Which one it is, among those of its runtime. */
  readonly name: string
  /** The SHA-256 of its lock, 64 hex digits; absent where nothing was locked. */
  readonly lock?: string
}

/** Makes the environments of one runtime. One is made once, is complete or absent, and never changes. */
export interface EnvironmentMaker {
  /**
   * The environment of what a version asks for, or what is being done to make it. The making goes on by itself; an
   * error of it is thrown once, by the next call, and the call after that begins anew.
   * @param requirements as inspection found them, in the form of the runtime; '' asks for nothing
   * @throws Problem with what is missing here, or cannot be had, and the mend
   */
  ready(requirements: string): Promise<Environment | Building>
  /** End what is being made. */
  stop(): Promise<void>
}
