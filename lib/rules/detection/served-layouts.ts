import type { Runtime } from '../manifest.ts'
import { Problem } from '../problem.ts'
import type { ArtifactRuntime, Detector, Layout, LayoutName } from './layout.ts'

/** What each runtime serves of what is recognised. */
const servedLayouts: Readonly<Record<ArtifactRuntime, readonly LayoutName[]>> = {
  onnx: ['onnx', 'mlflow'],
  python: [
    'program',
    'sagemaker',
    'pickle',
    'skops',
    'pin',
    'xgboost',
    'lightgbm',
    'mlflow',
    'torchscript',
    'hugging-face',
  ],
  node: ['program'],
  r: ['program', 'pin', 'mlflow'],
  java: ['jar'],
  container: ['dockerfile', 'image'],
  graph: ['graph'],
}

/** What people may bring for a runtime, or for any: names of files, and how they end. */
export function servedSigns(detectors: readonly Detector[], declared?: Runtime): readonly string[] {
  const served = detectors.filter(({ name, runtimes }) =>
    runtimes.some((runtime) => (declared ?? runtime) === runtime && servedLayouts[runtime].includes(name)),
  )
  return [...new Set(served.flatMap(({ signs }) => signs))]
}

/** @throws Problem `artifact-unrecognised` where no server of ours serves what was recognised */
export function refuseUnserved({
  runtime,
  name,
  what,
  entry,
}: Pick<Layout, 'runtime' | 'entry'> & Pick<Detector, 'name' | 'what'>): void {
  if (servedLayouts[runtime].includes(name)) return
  throw new Problem(
    'artifact-unrecognised',
    `it is ${what} (${entry}), which the runtime '${runtime}' does not serve yet`,
  )
}
