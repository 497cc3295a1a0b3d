import { manifestFile } from '../artifact.ts'
import type { Runtime } from '../manifest.ts'
import { oneOf, Problem } from '../problem.ts'
import { huggingFaceFolder } from './hugging-face-folder.ts'
import type { Detector, Layout, Listing, Misfit } from './layout.ts'
import { looseTensors } from './loose-tensors.ts'
import { mlflowFolder } from './mlflow-model.ts'
import { modelFileDetectors } from './model-files.ts'
import { pinnedModel } from './pinned-model.ts'
import {
  dockerfileDetector,
  graphDetector,
  imageDetector,
  jarDetector,
  programDetectors,
} from './programs.ts'
import { sagemakerFolder } from './sagemaker-folder.ts'
import { servedSigns } from './served-layouts.ts'

/** Every way in which people bring models, in the order in which they are told. */
export const detectors: readonly Detector[] = [
  mlflowFolder,
  sagemakerFolder,
  pinnedModel,
  huggingFaceFolder,
  ...programDetectors,
  jarDetector,
  dockerfileDetector,
  imageDetector,
  graphDetector,
  ...modelFileDetectors,
  looseTensors,
]

export interface Recognised extends Layout, Pick<Detector, 'name' | 'what'> {
  /** What else was seen, and is part of it. */
  readonly beside: readonly string[]
}

/** The files whose beginnings are needed to recognise an artifact. @param paths every file of it */
export function headsWanted(paths: readonly string[]): readonly string[] {
  const wanted = detectors.flatMap(({ heads }) => heads?.(paths) ?? [])
  return [...new Set(wanted)].filter((path) => paths.includes(path))
}

type Candidate = (Layout | Misfit) & Pick<Detector, 'name' | 'what' | 'speaksFor'>

/**
 * Recognise an artifact by its files: what says what the folder is goes before files that are a model by themselves,
 * and one there must be. A folder that says what it is and
 * cannot be served is refused, whatever models lie in it. A declared runtime narrows what fits.
 * @throws Problem `artifact-unrecognised`, naming what was found, and every candidate where there are several
 */
export function recogniseArtifact(listing: Listing, declared?: Runtime): Recognised {
  const seen = detectors.flatMap(({ name, what, speaksFor, detect }) =>
    detect(listing).map((found): Candidate => ({ ...found, name, what, speaksFor })),
  )
  const wanted = seen.filter((one) => 'misfit' in one || declared === undefined || one.runtime === declared)
  const rank = wanted.some((one) => one.speaksFor === 'folder') ? 'folder' : 'file'
  const fitting = wanted.filter(
    (one): one is Layout & Candidate => !('misfit' in one) && one.speaksFor === rank,
  )
  const [found, ...others] = fitting
  if (found === undefined) throw unrecognised(notFound(listing, wanted, declared))
  if (others.length > 0) throw unrecognised(unclear(fitting))
  const { speaksFor: _, ...recognised } = found
  const beside = seen.filter((one) => one.entry !== found.entry).map(({ entry }) => entry)
  return { ...recognised, beside: [...new Set(beside)] }
}

function notFound({ paths }: Listing, wanted: readonly Candidate[], declared: Runtime | undefined) {
  const misfits = wanted.flatMap((one) => ('misfit' in one ? one.misfit : []))
  if (misfits.length > 0) return misfits.join('; ')
  const files = paths.filter((path) => path !== manifestFile).slice(0, 5)
  const what = declared === undefined ? 'a model or a program' : `what the runtime '${declared}' serves`
  const signs = servedSigns(detectors, declared)
  return `there is nothing that is known as ${what} among: ${files.join(', ') || 'nothing'}; bring ${oneOf(signs)}`
}

function unclear(candidates: readonly Candidate[]): string {
  const told = candidates.map(({ what, entry }) => `${what} (${entry})`)
  return `it is unclear what it is: ${oneOf(told)}; leave one of them, or say which runtime is meant`
}

function unrecognised(reason: string): Problem {
  return new Problem('artifact-unrecognised', reason)
}
