import { boosterSentence } from '../../lib/rules/boosters/booster.ts'
import { mlflowSignature } from '../../lib/rules/detection/mlflow-signature.ts'
import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { mlflowFlavour, type NativeFlavour } from '../../lib/rules/mlflow/mlflow-flavour.ts'
import { leanRequirements } from '../../lib/rules/mlflow/mlflow-requirements.ts'
import { answerName, ownSignature } from '../../lib/rules/mlflow/own-signature.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { checkedRequirements, requirementsFile } from '../../lib/rules/python/python-requirements.ts'
import { type SklearnFacts, sklearnFacts } from '../../lib/rules/python/sklearn-artifact.ts'
import { refuseUntrusted } from '../../lib/rules/python/trusted-globals.ts'
import { misplacedPickle } from '../../lib/rules/python/unsafe-pickle.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { agreedOn, type KnownSignature, leniently } from './agreed-signature.ts'
import { boosterFacts } from './inspect-booster.ts'
import { inspectMlflowCode } from './inspect-mlflow-code.ts'
import { refuseNoTorchScript } from './inspect-torch-script.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'
import { readModelFile } from './read-model-file.ts'

/** The classes of LightGBM that MLflow keeps in a .skops file; a pickle of them is refused as ever. */
const keptBySkops = new Set([
  'lightgbm.basic.Booster',
  ...['LGBMClassifier', 'LGBMRegressor', 'LGBMRanker'].map((name) => `lightgbm.sklearn.${name}`),
])

/** What the model itself tells, whatever MLflow has written of it. */
interface Told {
  readonly sentence: string
  readonly known: KnownSignature
  readonly usesDataFrames: boolean
  /** Of boosted trees. */
  readonly objective?: string | undefined
}

/** Find out what a folder of MLflow takes and answers; its model is served by itself, without MLflow. */
export async function inspectMlflow(
  recognised: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const { entry } = recognised
  const flavour = mlflowFlavour(leniently(await read(entry)))
  if ('loader' in flavour) return inspectMlflowCode(recognised, flavour, files, manifest, read)
  if (manifest.unsafePickle === true) throw misplacedPickle(recognised)
  const exported = flavour.flavour === 'pytorch' ? flavour.file.replace(/\.pth$/, '.pt2') : undefined
  if (files.some(({ path }) => path === exported)) throw refusedExport(entry, exported)
  if (!files.some(({ path }) => path === flavour.file))
    throw new Problem(
      'artifact-corrupt',
      `${entry} names ${flavour.file}, which is not there; upload the whole folder`,
    )
  const told = await toldBy(flavour, files, read)
  const written = files.some(({ path }) => path === requirementsFile)
    ? checkedRequirements(leniently(await read(requirementsFile)))
    : ''
  const { text, without } = leanRequirements(written, flavour, told.usesDataFrames)
  const python = flavour.pythonVersion === undefined ? '' : `, saved with Python ${flavour.pythonVersion}`
  const less = without.length === 0 ? '' : `, so ${without.join(', ')} of ${requirementsFile} is left out`
  return {
    ...(await agreedOn(knownOf(flavour, told), manifest, read)),
    found: `${entry} has the flavour ${flavour.flavour}${python}: ${told.sentence}; it is served without MLflow${less}`,
    requirements: text,
  }
}

/** torch.export keeps a graph and, beside it, what PyTorch unpickles. */
function refusedExport(entry: string, file = ''): Problem {
  return new Problem(
    'artifact-unrecognised',
    `${entry} names ${file}, a model of torch.export, which is not served; save it as TorchScript ` +
      "(mlflow.pytorch.save_model(torch.jit.trace(model, example), PATH, serialization_format='pickle')) or with mlflow.onnx",
  )
}

async function toldBy(
  flavour: NativeFlavour,
  files: readonly InspectedFile[],
  read: ReadFile,
): Promise<Told> {
  const { file, modelClass } = flavour
  if (flavour.flavour === 'pytorch') {
    await refuseNoTorchScript(file, files, read)
    const unknown = `${file} does not say the shapes of its tensors, and MLmodel has no signature`
    return { sentence: `${file} is a model as TorchScript`, known: { unknown }, usesDataFrames: false }
  }
  if (flavour.flavour !== 'sklearn' && (flavour.flavour === 'xgboost' || modelClass === 'Booster')) {
    const library = flavour.flavour === 'xgboost' ? 'XGBoost' : 'LightGBM'
    const facts = await boosterFacts(file, library, files, read)
    return {
      sentence: boosterSentence(file, facts),
      known: facts.signature,
      usesDataFrames: false,
      objective: facts.objective,
    }
  }
  const found = await readModelFile(file, files, read)
  if ('unread' in found)
    return { sentence: `${file} holds the model`, known: { unknown: found.unread }, usesDataFrames: true }
  const bySkops = file.endsWith('.skops') && flavour.flavour === 'lightgbm'
  refuseUntrusted(
    file,
    found.globals.filter(({ module, name }) => !(bySkops && keptBySkops.has(`${module}.${name}`))),
  )
  const facts: SklearnFacts = sklearnFacts(found)
  const held = facts.estimator ?? modelClass
  return {
    sentence: `${file} holds ${held === undefined ? 'the model' : `the estimator ${held}`}`,
    known: facts.signature,
    usesDataFrames: facts.usesDataFrames,
  }
}

/** What MLflow has written down; else what the model tells, of the one method that MLflow asks. */
function knownOf(flavour: NativeFlavour, { known, objective }: Told): KnownSignature {
  const own: Signature | undefined = ownSignature(flavour, known, objective)
  const written = mlflowSignature(flavour.signature, own?.outputs[0]?.name ?? answerName(flavour))
  return 'unknown' in written ? (own ?? written) : written
}
