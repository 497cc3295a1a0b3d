import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { mostReadBytes, readPickleFile } from '../../lib/rules/python/pickle-file.ts'
import type { PickledValue } from '../../lib/rules/python/pickle-stream.ts'
import { checkedRequirements } from '../../lib/rules/python/python-requirements.ts'
import { scriptSignature } from '../../lib/rules/python/script-outputs.ts'
import { scriptRequirements } from '../../lib/rules/python/script-requirements.ts'
import { sklearnFacts } from '../../lib/rules/python/sklearn-artifact.ts'
import { agreedOn, leniently } from './agreed-signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** A script loads what it likes; so many pickles beside it are looked into, to know what it needs. */
const mostPickles = 3

/**
 * Find out what a folder of SageMaker takes, answers and needs, without running any of it. Its script is code that loads
 * its own files: what these name is not held to the list of what may be loaded.
 */
export async function inspectSageMaker(
  { entry, because, dependencies }: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const written =
    dependencies === undefined ? '' : checkedRequirements(leniently(await read(dependencies)), dependencies)
  const source = leniently(await read(entry))
  const pickles = await picklesIn(files, read)
  const facts = pickles.map(sklearnFacts)
  const [only, ...others] = facts
  // What is written holds: what a script makes of its model's answers is only guessed.
  const guessed =
    only === undefined || others.length > 0 || manifest.signature !== undefined
      ? { unknown: `${entry} is a program` }
      : 'unknown' in only.signature
        ? only.signature
        : scriptSignature(source, only.signature)
  const version = only?.scikitLearnVersion
  return {
    ...(await agreedOn(guessed, manifest, read)),
    found: because,
    requirements: scriptRequirements({
      written,
      sources: [source],
      pickledModules: pickles.flatMap(({ globals }) => globals.map(({ module }) => module)),
      ...(version !== undefined && { scikitLearnVersion: version }),
    }),
  }
}

async function picklesIn(files: readonly InspectedFile[], read: ReadFile): Promise<PickledValue[]> {
  const named = files.filter(
    ({ path, size = 0 }) => /\.(?:joblib|pkl|pickle)$/.test(path) && size <= mostReadBytes,
  )
  const found: PickledValue[] = []
  for (const { path } of named.slice(0, mostPickles)) {
    const pickled = pickledIn((await read(path)) ?? new Uint8Array())
    if (pickled !== undefined) found.push(pickled)
  }
  return found
}

/** @returns undefined where it is none: it may be anything that the script reads */
function pickledIn(bytes: Uint8Array): PickledValue | undefined {
  try {
    const found = readPickleFile(bytes)
    return 'unread' in found ? undefined : found
  } catch (error) {
    if (isProblem(error)) return undefined
    throw error
  }
}
