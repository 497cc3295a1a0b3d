import { manifestFile } from './artifact.ts'
import type { Runtime } from './manifest.ts'
import { Problem } from './problem.ts'

/** What an artifact was recognised as. */
export interface Recognised {
  readonly runtime: Runtime
  /** The file that is the model. */
  readonly entry: string
}

/**
 * Recognise an artifact by its files. Today: exactly one `.onnx`.
 * @param paths every file of the release
 * @throws Problem `artifact-unrecognised`, naming what was found
 */
export function recognise(paths: readonly string[], declared: Runtime | undefined): Recognised {
  const models = paths.filter((path) => path.endsWith('.onnx'))
  const [entry] = models
  if (declared !== undefined && declared !== 'onnx')
    throw unrecognised(`runtime '${declared}' is not served yet; today onnx is`)
  if (models.length > 1)
    throw unrecognised(`it is unclear which file is the model: ${models.join(', ')}; leave one of them`)
  if (entry === undefined) {
    const found = paths.filter((path) => path !== manifestFile).slice(0, 5)
    throw unrecognised(`there is no .onnx file among: ${found.join(', ') || 'nothing'}`)
  }
  return { runtime: 'onnx', entry }
}

function unrecognised(reason: string): Problem {
  return new Problem('artifact-unrecognised', reason)
}
