import { mlflowSignature } from '../../lib/rules/detection/mlflow-signature.ts'
import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { wayOutOf } from '../../lib/rules/mlflow/foreign-loaders.ts'
import type { ForeignFlavour } from '../../lib/rules/mlflow/mlflow-flavour.ts'
import { requirementsOfMlflow } from '../../lib/rules/mlflow/mlflow-requirements.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { checkedRequirements, requirementsFile } from '../../lib/rules/python/python-requirements.ts'
import { unlistedGlobals } from '../../lib/rules/python/trusted-globals.ts'
import { misplacedPickle } from '../../lib/rules/python/unsafe-pickle.ts'
import { agreedOn, leniently } from './agreed-signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'
import { readModelFile } from './read-model-file.ts'

/** The loaders of a python_function of somebody's own: of an object that was pickled, and of a program. */
const [ofPickle, ofProgram] = ['mlflow.pyfunc.model', 'mlflow.pyfunc.loaders.code_model']

/**
 * Find out what a model takes and needs that is code: a program beside the `MLmodel`, which is as a predict.py is, or an
 * object of it that was pickled. MLflow itself loads either.
 */
export async function inspectMlflowCode(
  recognised: Recognised,
  flavour: ForeignFlavour,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const { entry } = recognised
  const { loader, program, pickle, pythonVersion } = flavour
  const file = program ?? pickle
  if ((loader !== ofPickle && loader !== ofProgram) || file === undefined) throw refusedLoader(entry, loader)
  if (!files.some(({ path }) => path === file))
    throw new Problem(
      'artifact-corrupt',
      `${entry} names ${file}, which is not there; upload the whole folder`,
    )
  if (pickle !== undefined && manifest.unsafePickle !== true) throw refusedPickle(entry, pickle)
  if (pickle === undefined && manifest.unsafePickle === true) throw misplacedPickle(recognised)
  const written = files.some(({ path }) => path === requirementsFile)
    ? checkedRequirements(leniently(await read(requirementsFile)))
    : ''
  const python = pythonVersion === undefined ? '' : `, saved with Python ${pythonVersion}`
  return {
    ...(await agreedOn(mlflowSignature(flavour.signature, 'prediction'), manifest, read)),
    found: `${entry} has a python_function of its own${python}: ${file} is the model, which MLflow itself loads`,
    requirements: requirementsOfMlflow(written, flavour),
    ...(pickle !== undefined && { unlisted: await unlistedIn(pickle, files, read) }),
  }
}

async function unlistedIn(pickle: string, files: readonly InspectedFile[], read: ReadFile) {
  const found = await readModelFile(pickle, files, read)
  return unlistedGlobals('unread' in found ? [] : found.globals)
}

function refusedLoader(entry: string, loader: string): Problem {
  return new Problem(
    'artifact-unsafe',
    `${entry} says that ${loader} loads the model, which runs code that was saved with it. ${wayOutOf(loader)}`,
  )
}

function refusedPickle(entry: string, pickle: string): Problem {
  return new Problem(
    'artifact-unsafe',
    `${entry} says that ${ofPickle} loads the model, which runs code: ${pickle} is a pickle of it. Save the code itself ` +
      "(python_model='model.py', with mlflow.models.set_model in it), bring a predict.py that loads it, or set " +
      '`unsafePickle: true` in model.yaml where the platform allows it',
  )
}
