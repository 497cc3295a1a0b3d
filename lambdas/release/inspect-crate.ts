import { mlflowSignature } from '../../lib/rules/detection/mlflow-signature.ts'
import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import { mlflowModel } from '../../lib/rules/golden.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { signatureWritten } from '../../lib/rules/mlflow/mlflow-crate.ts'
import { counted, Problem } from '../../lib/rules/problem.ts'
import { mostReadBytes } from '../../lib/rules/python/pickle-file.ts'
import { readCrate } from '../../lib/rules/r/rds-file.ts'
import { agreedOn, leniently } from './agreed-signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/**
 * Find out what a function in a crate takes and answers, which MLflow of R has saved: it is code of the user, as a predict.R
 * is, and R runs nothing of it by reading it.
 */
export async function inspectCrate(
  { entry }: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Omit<Inspection, 'requirements'>> {
  const file = files.find(({ path }) => path === entry)
  if (file === undefined)
    throw new Problem(
      'artifact-corrupt',
      `${mlflowModel} names ${entry}, which is not there; upload the whole folder`,
    )
  const size = file.size ?? 0
  const found =
    size > mostReadBytes
      ? { unread: `it has ${size} bytes, and up to ${mostReadBytes} are looked through` }
      : readCrate((await read(entry)) ?? new Uint8Array())
  if ('unread' in found) throw unsafe(`${entry} cannot be looked through: ${found.unread}`)
  const [lurking] = found.facts.lurking
  if (lurking !== undefined) throw unsafe(`${entry} holds ${lurking}`)
  if (found.value.type !== 'function')
    throw new Problem(
      'artifact-unrecognised',
      `${entry} holds no function in a crate; save it by MLflow anew`,
    )
  const written = mlflowSignature(signatureWritten(leniently(await read(mlflowModel))), 'prediction')
  const functions = counted(found.facts.functions, 'function')
  return {
    ...(await agreedOn(written, manifest, read)),
    found: `${entry} is a crate of MLflow for R, with ${functions} that run as it predicts, as a predict.R would; it is called without MLflow`,
  }
}

function unsafe(what: string): Problem {
  return new Problem(
    'artifact-unsafe',
    `${what}. Where you trust the file and need it, bring a predict.R that loads it itself`,
  )
}
