import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { mostReadBytes } from '../../lib/rules/python/pickle-file.ts'
import { checkedRequirements, requirementsFile } from '../../lib/rules/python/python-requirements.ts'
import { refuseOtherArchives } from '../../lib/rules/python/torch-archive.ts'
import { agreedOn, leniently } from './agreed-signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** How an archive begins that torch.jit.save has written: as any zip. */
const zip = [0x50, 0x4b, 0x03, 0x04]

/** Find out what a TorchScript model takes and answers: it says no shapes, so its manifest does, or its examples. */
export async function inspectTorchScript(
  { entry }: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  await refuseNoTorchScript(entry, files, read)
  const written = files.some(({ path }) => path === requirementsFile)
    ? checkedRequirements(leniently(await read(requirementsFile)))
    : undefined
  return {
    ...(await agreedOn({ unknown: `${entry} does not say the shapes of its tensors` }, manifest, read)),
    found: `${entry} is a model as TorchScript, which takes tensors in the order of its inputs`,
    requirements: written ?? 'numpy\ntorch\n',
  }
}

/** A large file is judged by how it begins, and by its server. @throws Problem `artifact-corrupt`, `artifact-unsafe` */
export async function refuseNoTorchScript(
  path: string,
  files: readonly InspectedFile[],
  read: ReadFile,
): Promise<void> {
  const size = files.find((file) => file.path === path)?.size ?? 0
  if (size <= mostReadBytes) return refuseOtherArchives(path, (await read(path)) ?? new Uint8Array())
  const start = await read(path, zip.length)
  if (!zip.every((byte, i) => start?.[i] === byte))
    throw new Problem('artifact-corrupt', `${path} is no archive of torch.jit.save; export it again`)
}
