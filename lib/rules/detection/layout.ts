import type { Runtime } from '../manifest.ts'

/** The runtimes that an artifact can be recognised as. */
export type ArtifactRuntime = Runtime

/** What somebody brought, recognised by its files. */
export interface Layout {
  readonly runtime: ArtifactRuntime
  /** The file that is the model, or the program that answers for it, or the one that describes the whole folder. */
  readonly entry: string
  /** Why it was recognised, for people: what was found in which file. */
  readonly because: string
  /** The file that says what it needs, where its makers wrote one. */
  readonly dependencies?: string
  /** Requests that its makers kept beside it. */
  readonly examples?: readonly string[]
}

/** It has the form of a layout and cannot be served, and this is why. */
export interface Misfit {
  readonly entry: string
  readonly misfit: string
}

/**
 * What is known of an artifact before any of it is read in whole: its paths, and the beginnings of the files that
 * detectors asked for.
 */
export interface Listing {
  readonly paths: readonly string[]
  /** By path: the text of the first MiB. */
  readonly heads: ReadonlyMap<string, string>
  /** The image that the manifest names. */
  readonly image?: string | undefined
}

/** How much of a file a detector may look at, bytes: as much as a manifest may have. */
export const headBytes = 1024 * 1024

/** The ways in which people bring models, by name. */
export type LayoutName =
  | 'graph'
  | 'mlflow'
  | 'sagemaker'
  | 'pin'
  | 'hugging-face'
  | 'program'
  | 'jar'
  | 'dockerfile'
  | 'image'
  | 'onnx'
  | 'pickle'
  | 'skops'
  | 'xgboost'
  | 'lightgbm'
  | 'torchscript'
  | 'safetensors'

/** One way in which people bring models. */
export interface Detector {
  readonly name: LayoutName
  /** What it may turn out to be served by. */
  readonly runtimes: readonly ArtifactRuntime[]
  /** What people are told to bring: a file's name, or how it ends. */
  readonly signs: readonly string[]
  /** In the words of whoever brings it: `an MLflow model`. */
  readonly what: string
  /**
   * `folder`: it says what the folder is, and model files beside it are parts of it. `file`: a file is a model by
   * itself, where nothing speaks for the folder.
   */
  readonly speaksFor: 'folder' | 'file'
  /** Of which of these paths the beginnings are needed. @default none */
  readonly heads?: (paths: readonly string[]) => readonly string[]
  readonly detect: (listing: Listing) => readonly (Layout | Misfit)[]
}

/** The first of these paths that is there. */
export function firstOf(paths: readonly string[], wanted: readonly string[]): string | undefined {
  return wanted.find((path) => paths.includes(path))
}
