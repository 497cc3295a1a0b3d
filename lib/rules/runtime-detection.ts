import { manifestFile } from './artifact.ts'
import type { Runtime } from './manifest.ts'
import { oneOf, Problem } from './problem.ts'

/** The runtimes that are served today. */
const servedRuntimes = ['onnx', 'python'] as const
type ServedRuntime = (typeof servedRuntimes)[number]

/** What an artifact was recognised as. */
export interface Recognised {
  readonly runtime: ServedRuntime
  /** The file that is the model, or the program that answers for it. */
  readonly entry: string
}

/** The program that a release of the python runtime may bring along: every other file is its own business. */
export const pythonProgram = 'predict.py'

/** How the files end that are a model by themselves, and the runtime that serves each. */
const modelEndings: readonly (readonly [ending: string, runtime: ServedRuntime])[] = [
  ['.onnx', 'onnx'],
  ['.joblib', 'python'],
  ['.pkl', 'python'],
  ['.pickle', 'python'],
  ['.skops', 'python'],
]

/**
 * Recognise an artifact by its files: a `predict.py` at the root, or else exactly one file that is a model by its
 * ending. A declared runtime narrows them.
 * @param paths every file of the release
 * @throws Problem `artifact-unrecognised`, naming what was found
 */
export function recognise(paths: readonly string[], declared: Runtime | undefined): Recognised {
  const wanted = servedRuntimes.find((runtime) => runtime === declared)
  if (declared !== undefined && wanted === undefined)
    throw unrecognised(`runtime '${declared}' is not served yet; today ${servedRuntimes.join(' and ')} are`)
  if (wanted !== 'onnx' && paths.includes(pythonProgram)) return { runtime: 'python', entry: pythonProgram }
  const endings = modelEndings.filter(([, runtime]) => wanted === undefined || runtime === wanted)
  const models = paths.flatMap((path) => {
    const [, runtime] = endings.find(([ending]) => path.endsWith(ending)) ?? []
    return runtime === undefined ? [] : [{ runtime, entry: path }]
  })
  const [model] = models
  if (models.length > 1)
    throw unrecognised(
      `it is unclear which file is the model: ${models.map(({ entry }) => entry).join(', ')}; leave one of them, ` +
        `say which runtime is meant, or add a ${pythonProgram} that loads them`,
    )
  if (model === undefined) {
    const found = paths.filter((path) => path !== manifestFile).slice(0, 5)
    const allowed = [...endings.map(([ending]) => ending), ...(wanted === 'onnx' ? [] : [pythonProgram])]
    throw unrecognised(`there is no ${oneOf(allowed)} file among: ${found.join(', ') || 'nothing'}`)
  }
  return model
}

function unrecognised(reason: string): Problem {
  return new Problem('artifact-unrecognised', reason)
}
