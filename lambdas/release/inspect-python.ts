import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import {
  checkedRequirements,
  requirementsFile,
  sklearnRequirements,
} from '../../lib/rules/python/python-requirements.ts'
import type { PythonGlobal } from '../../lib/rules/python/python-value.ts'
import { scriptRequirements } from '../../lib/rules/python/script-requirements.ts'
import { type SklearnFacts, sklearnFacts } from '../../lib/rules/python/sklearn-artifact.ts'
import { refuseUntrusted, unlistedGlobals } from '../../lib/rules/python/trusted-globals.ts'
import { agreedOn, leniently } from './agreed-signature.ts'
import { inspectBooster } from './inspect-booster.ts'
import { inspectHuggingFace } from './inspect-hugging-face.ts'
import { inspectMlflow } from './inspect-mlflow.ts'
import { pinRequirements, pinSignature, readPin } from './inspect-pin.ts'
import { inspectProgram } from './inspect-program.ts'
import { inspectSageMaker } from './inspect-sagemaker.ts'
import { inspectTorchScript } from './inspect-torch-script.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'
import { readModelFile } from './read-model-file.ts'

/** Find out what an artifact of the python runtime takes, answers and needs, without running any of it. */
export async function inspectPython(
  recognised: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const { entry, name } = recognised
  if (name === 'sagemaker') return inspectSageMaker(recognised, files, manifest, read)
  if (name === 'xgboost' || name === 'lightgbm') return inspectBooster(recognised, files, manifest, read)
  if (name === 'torchscript') return inspectTorchScript(recognised, files, manifest, read)
  if (name === 'hugging-face') return inspectHuggingFace(recognised, files, manifest, read)
  if (name === 'mlflow') return inspectMlflow(recognised, files, manifest, read)
  const written = files.some(({ path }) => path === requirementsFile)
    ? checkedRequirements(leniently(await read(requirementsFile)))
    : undefined
  if (name === 'program')
    return { ...(await inspectProgram(recognised, files, manifest, read)), requirements: written ?? '' }
  const file = await readModelFile(entry, files, read)
  const globals = 'unread' in file ? [] : file.globals
  if (manifest.unsafePickle !== true) refuseUntrusted(entry, globals)
  const facts = 'unread' in file ? undefined : sklearnFacts(file)
  const pin = name === 'pin' ? await readPin(entry, read) : undefined
  const told = pin === undefined ? facts?.signature : pinSignature(pin, facts)
  const known = told ?? { unknown: 'unread' in file ? file.unread : `${entry} does not tell` }
  const needed =
    written ?? (pin === undefined ? sklearnRequirements(entry, facts) : pinRequirements(entry, pin, facts))
  return {
    ...(await agreedOn(known, manifest, read)),
    found: sentence(entry, facts),
    requirements: manifest.unsafePickle === true ? withPickled(needed, globals) : needed,
    ...(manifest.unsafePickle === true && { unlisted: unlistedGlobals(globals) }),
  }
}

/** With the packages of what a pickle names, as far as they are known. */
function withPickled(written: string, globals: readonly PythonGlobal[]): string {
  const pickledModules = globals.map(({ module }) => module)
  return scriptRequirements({ written, sources: [], pickledModules })
}

function sentence(entry: string, facts: SklearnFacts | undefined): string {
  const by =
    facts?.scikitLearnVersion === undefined ? '' : `, saved by scikit-learn ${facts.scikitLearnVersion}`
  return `${entry} holds ${facts?.estimator === undefined ? 'the model' : `the estimator ${facts.estimator}`}${by}`
}
