import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { readOnnxSignature } from '../../lib/rules/onnx-signature.ts'
import { agreedSignature } from '../../lib/rules/signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** Find out what an ONNX model takes and answers: its graph says so. */
export async function inspectOnnx(
  { entry }: Recognised,
  _files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const carried = readOnnxSignature((await read(entry)) ?? new Uint8Array())
  return {
    signature: agreedSignature(carried, manifest.signature),
    signatureOrigin: 'artifact',
    found: `${entry} is the model`,
  }
}
