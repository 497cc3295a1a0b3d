import type { LayoutName } from '../../lib/rules/detection/layout.ts'
import type { GraphRecord } from '../../lib/rules/graph/graph-definition.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import type { NodeLookup } from './node-lookup.ts'

/** What inspection finds; `sluice check` shows the same, by the same function. */
export interface Inspected extends Inspection {
  readonly manifest: Manifest
  /** The file that is the model, or the program that answers for it. */
  readonly entry: string
  /** What it was recognised as. */
  readonly layout: LayoutName
  /** Why it was recognised as that, for people. */
  readonly because: string
  /** What else was seen, that would be a model by itself and is taken for a part of it: paths. */
  readonly beside: readonly string[]
}

/** What a runtime's own inspection finds. */
export interface Inspection {
  /** Absent where a container does not say what it takes. */
  readonly signature?: Signature
  readonly signatureOrigin: 'artifact' | 'written' | 'examples' | 'none'
  /** What was recognised and why, for people. */
  readonly found: string
  /**
   * What the version asks for besides its files, in the form of its runtime: of python the text of a requirements.txt.
   * '' asks for nothing; absent where the runtime has no environments.
   */
  readonly requirements?: string
  /**
   * Where the manifest asks for `unsafePickle`: what the model file names besides what is held harmless, as far as it
   * could be looked through.
   */
  readonly unlisted?: readonly string[]
  /** Of a graph whose nodes were looked up. */
  readonly graph?: GraphRecord
}

/** What is known around an artifact. */
export interface Surroundings {
  /** Where the nodes of a graph are looked up. @default nowhere: then a graph is looked at by itself */
  readonly nodes?: NodeLookup
}

/** A file of a release; without a size it is taken for a small one. */
export interface InspectedFile {
  readonly path: string
  /** In bytes. */
  readonly size?: number
}

/**
 * Gives a file's bytes, or undefined where there is none.
 * @param first only so many of them, where it has more. @default all
 */
export type ReadFile = (path: string, first?: number) => Promise<Uint8Array | undefined>
