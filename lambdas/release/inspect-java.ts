import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import { predictorIn } from '../../lib/rules/java/predictor-jar.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { inspectProgram } from './inspect-program.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** A jar beyond this is not looked into, in bytes: its server tells what is wrong with it. */
const mostReadBytes = 64 * 2 ** 20

/** Find out what a jar takes and answers, and whether it can be a predictor, without running any of it. */
export async function inspectJava(
  recognised: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const { entry } = recognised
  const size = files.find(({ path }) => path === entry)?.size ?? 0
  const hasLibraries = files.some(({ path }) => /^lib\/[^/]+\.jar$/.test(path))
  const named =
    size > mostReadBytes
      ? undefined
      : predictorIn(entry, (await read(entry)) ?? new Uint8Array(), hasLibraries)
  return {
    ...(await inspectProgram(recognised, files, manifest, read)),
    found: `${entry} is the jar that answers${named === undefined ? '' : `, by its ${named}`}`,
    requirements: '',
  }
}
