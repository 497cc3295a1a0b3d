import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { lockFile, nodeRequirements, packageFile } from '../../lib/rules/node/node-requirements.ts'
import { leniently } from './agreed-signature.ts'
import { inspectProgram } from './inspect-program.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** Find out what a program in JavaScript takes, answers and needs, without running any of it. */
export async function inspectNode(
  recognised: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const text = async (file: string) =>
    files.some(({ path }) => path === file) ? leniently(await read(file)) : undefined
  const [lock, written] = [await text(lockFile), await text(packageFile)]
  return {
    ...(await inspectProgram(recognised, files, manifest, read)),
    requirements: nodeRequirements({
      ...(lock !== undefined && { lock }),
      ...(written !== undefined && { manifest: written }),
    }),
  }
}
