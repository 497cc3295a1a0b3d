import type { LayoutName } from '../../lib/rules/detection/layout.ts'
import type { Runtime } from '../../lib/rules/manifest.ts'
import type { Signature } from '../../lib/rules/signature.ts'

/** One way of bringing a model: made by its own framework, pushed untouched, and held to what the framework answers. */
export interface RuntimeCase {
  /** What people would call it: `XGBoost as JSON`. */
  readonly name: string
  readonly runtime: Runtime
  readonly layout: LayoutName
  /** Whether its dependency image is built and run, too. @default true */
  readonly runsInImages?: boolean
  /**
   * Make it with its own tool, in an empty folder.
   * @throws Unavailable where what it takes cannot be had here
   */
  make(folder: string): Promise<Made>
}

/** An artifact as its tool wrote it, and what the tool itself says about it. */
export interface Made {
  /** What `sluice push` is pointed at: a folder, or one file. */
  readonly path: string
  /** Who made it, with its version: `xgboost 3.1.2`. */
  readonly framework: string
  /** A body of several records, as callers send it. */
  readonly request: unknown
  /** What the framework itself answers, one entry a record, as the platform is to give it. */
  readonly expected: readonly unknown[]
  /** The largest difference allowed. @default 1e-6, absolute, or relative to numbers beyond 1 */
  readonly tolerance?: number
  readonly signature: Signature
  /** A body in which one value does not fit, and where: a JSON pointer into the body. */
  readonly badRow: { readonly request: unknown; readonly pointer: string }
  /** Of a program: a body on which the user's code fails, and what its caller is told of the place. */
  readonly crash?: { readonly request: unknown; readonly told: RegExp }
}

/** Something that a case takes cannot be had on this machine; the message says what, and is shown in the table. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}
