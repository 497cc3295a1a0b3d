import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { agreedOn } from './agreed-signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** Find out what a program takes and answers: it tells nothing of itself, so its manifest does, or its examples. */
export async function inspectProgram(
  { entry }: Recognised,
  _files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  return {
    ...(await agreedOn({ unknown: `${entry} is a program` }, manifest, read)),
    found: `${entry} is the program that answers`,
  }
}
