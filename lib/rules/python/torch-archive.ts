import { unzipSync } from 'fflate/browser'
import { Problem } from '../problem.ts'

/** What only torch.jit.save puts into its archive: the code of the model. */
const program = /^[^/]+\/(?:code\/|constants\.pkl$)/
/** What torch.save puts into its own: a pickle. */
const pickle = /^[^/]+\/data\.pkl$/

/** @param bytes the whole file @throws Problem `artifact-corrupt`, `artifact-unsafe` where it is no TorchScript */
export function refuseOtherArchives(path: string, bytes: Uint8Array): void {
  const names = namesIn(bytes)
  if (names?.some((name) => program.test(name))) return
  if (names?.some((name) => pickle.test(name)))
    throw new Problem(
      'artifact-unsafe',
      `${path} was written by torch.save, which is a pickle: it holds weights, or a model whose classes run as it is loaded. Save ` +
        'the model as TorchScript (torch.jit.script(model).save(PATH)) or as ONNX (torch.onnx.export), or bring a predict.py ' +
        'that builds it and loads its weights',
    )
  throw new Problem(
    'artifact-corrupt',
    `${path} is no archive of torch.jit.save; where it holds weights alone, bring a predict.py that loads them`,
  )
}

/** The names in a zip, of which nothing is unpacked. */
function namesIn(bytes: Uint8Array): readonly string[] | undefined {
  const names: string[] = []
  try {
    unzipSync(bytes, { filter: ({ name }) => names.push(name) < 0 })
    return names
  } catch {
    return undefined
  }
}
