import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import {
  describedBytes,
  lengthBytes,
  refuseCutTensors,
} from '../../lib/rules/hugging-face/safetensors-file.ts'
import { type TextModel, textModel } from '../../lib/rules/hugging-face/text-model.ts'
import { textRequirements } from '../../lib/rules/hugging-face/text-requirements.ts'
import { textSignature } from '../../lib/rules/hugging-face/text-signature.ts'
import { weightFiles, weightIndex } from '../../lib/rules/hugging-face/weight-files.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { checkedRequirements, requirementsFile } from '../../lib/rules/python/python-requirements.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { agreedOn, leniently } from './agreed-signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'
import { refuseStranger } from './read-entry.ts'

/** A description of more tensors than this is left to whoever loads them, in bytes. */
const mostLookedThrough = 16 * 2 ** 20
const mostNamed = 5

/** Find out what a folder of `save_pretrained` takes and answers: its config.json says so. */
export async function inspectHuggingFace(
  { entry, what }: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const model = textModel(leniently(await read(entry)))
  if ('misfit' in model) throw new Problem('artifact-unrecognised', `it is ${what}: ${model.misfit}`)
  await refuseStranger('tokenizer.json', read)
  for (const path of await weightsOf(files, read)) await refuseDamaged(path, files, read)
  const written = files.some(({ path }) => path === requirementsFile)
    ? checkedRequirements(leniently(await read(requirementsFile)))
    : undefined
  const known = textSignature(model, manifest.signature as Signature | undefined)
  return {
    ...(await agreedOn(known, manifest, read)),
    found: sentence(entry, model),
    requirements: written ?? textRequirements(model),
  }
}

async function weightsOf(files: readonly InspectedFile[], read: ReadFile): Promise<readonly string[]> {
  const paths = files.map(({ path }) => path)
  const index = paths.includes(weightIndex) ? leniently(await read(weightIndex)) : undefined
  return weightFiles(paths, index)
}

async function refuseDamaged(path: string, files: readonly InspectedFile[], read: ReadFile): Promise<void> {
  await refuseStranger(path, read)
  const described = describedBytes(path, (await read(path, lengthBytes)) ?? new Uint8Array())
  const size = files.find((file) => file.path === path)?.size
  if (size === undefined || described > mostLookedThrough) return
  refuseCutTensors(path, (await read(path, described)) ?? new Uint8Array(), size)
}

function sentence(entry: string, { architecture, task, labels, savedBy }: TextModel): string {
  const more = labels.length > mostNamed ? ', …' : ''
  const named = task === 'filling a mask' ? '' : ` with ${labels.slice(0, mostNamed).join(', ')}${more}`
  const by = savedBy === undefined ? '' : `, saved by transformers ${savedBy}`
  return `${entry} names ${architecture}, for ${task}${named}${by}`
}
