import type { Manifest } from '../../lib/rules/manifest.ts'
import { Problem } from '../../lib/rules/problem.ts'
import {
  agreedPythonSignature,
  type Example,
  signatureOfExamples,
} from '../../lib/rules/python/python-signature.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import type { Inspection, ReadFile } from './inspection.ts'

/** What an artifact tells of its signature, or what keeps it from telling. */
export type KnownSignature = Signature | { readonly unknown: string }

/** What the artifact tells, held against the manifest; else what the manifest says alone; else what the examples show. */
export async function agreedOn(
  known: KnownSignature,
  manifest: Manifest,
  read: ReadFile,
): Promise<Pick<Inspection, 'signature' | 'signatureOrigin'>> {
  const declared = manifest.signature as Signature | undefined
  if (!('unknown' in known)) {
    const signature = declared === undefined ? known : agreedPythonSignature(known, declared)
    return { signature, signatureOrigin: 'artifact' }
  }
  if (declared !== undefined) return { signature: declared, signatureOrigin: 'written' }
  const examples = await examplesOf(manifest, read)
  if (examples.length > 0) return { signature: signatureOfExamples(examples), signatureOrigin: 'examples' }
  throw new Problem(
    'signature-unknown',
    `what the model takes and answers cannot be read from the artifact: ${known.unknown}. Write it in model.yaml, for ` +
      'example `signature: {inputs: [{name: age, type: float64}], outputs: [{name: prediction, type: float64}]}`, or ' +
      'name golden `examples:` with a JSON request and its expected answer',
  )
}

async function examplesOf({ examples }: Manifest, read: ReadFile): Promise<readonly Example[]> {
  const found: Example[] = []
  for (const { request, expect } of examples) {
    if (expect === undefined || !request.endsWith('.json')) continue
    const [asked, answered] = [await read(request), await read(expect)]
    found.push({ name: request, request: leniently(asked), expect: leniently(answered) })
  }
  return found
}

/** The text of a file; what is no UTF-8 in it is told by whoever reads the text. */
export function leniently(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array())
}
