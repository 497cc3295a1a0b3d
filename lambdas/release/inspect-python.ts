import type { Manifest } from '../../lib/rules/manifest.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { mostReadBytes, readPickleFile, type Unread } from '../../lib/rules/python/pickle-file.ts'
import type { PickledValue } from '../../lib/rules/python/pickle-stream.ts'
import {
  checkedRequirements,
  requirementsFile,
  sklearnRequirements,
} from '../../lib/rules/python/python-requirements.ts'
import {
  agreedPythonSignature,
  type Example,
  signatureOfExamples,
} from '../../lib/rules/python/python-signature.ts'
import { type SklearnFacts, sklearnFacts } from '../../lib/rules/python/sklearn-artifact.ts'
import { readSkopsFile } from '../../lib/rules/python/skops-archive.ts'
import { refuseUntrusted } from '../../lib/rules/python/trusted-globals.ts'
import { pythonProgram } from '../../lib/rules/runtime-detection.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** Find out what an artifact of the python runtime takes, answers and needs, without running any of it. */
export async function inspectPython(
  entry: string,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const file = entry === pythonProgram ? undefined : await modelFile(entry, files, read)
  const facts = file === undefined || 'unread' in file ? undefined : sklearnFacts(file)
  const known: SklearnFacts['signature'] = facts?.signature ?? {
    unknown: file === undefined || !('unread' in file) ? `${pythonProgram} is a program` : file.unread,
  }
  const agreed = await agreedOn(known, manifest, read)
  return {
    ...agreed,
    found: sentence(entry, facts),
    requirements: await requirementsOf(entry, files, facts, read),
  }
}

async function modelFile(
  entry: string,
  files: readonly InspectedFile[],
  read: ReadFile,
): Promise<PickledValue | Unread> {
  const size = files.find(({ path }) => path === entry)?.size ?? 0
  if (size > mostReadBytes)
    return { unread: `it has ${size} bytes, and up to ${mostReadBytes} are looked through` }
  const bytes = (await read(entry)) ?? new Uint8Array()
  const found = entry.endsWith('.skops') ? readSkopsFile(bytes) : readPickleFile(bytes)
  if (!('unread' in found)) refuseUntrusted(entry, found.globals)
  return found
}

/** What the artifact tells, held against the manifest; else what the manifest says alone; else what the examples show. */
async function agreedOn(
  known: SklearnFacts['signature'],
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
    found.push({ name: request, request: textOf(asked), expect: textOf(answered) })
  }
  return found
}

async function requirementsOf(
  entry: string,
  files: readonly InspectedFile[],
  facts: SklearnFacts | undefined,
  read: ReadFile,
): Promise<string> {
  if (files.some(({ path }) => path === requirementsFile))
    return checkedRequirements(textOf(await read(requirementsFile)))
  return entry === pythonProgram ? '' : sklearnRequirements(entry, facts)
}

function sentence(entry: string, facts: SklearnFacts | undefined): string {
  if (entry === pythonProgram) return `${entry} is the program that answers`
  const by =
    facts?.scikitLearnVersion === undefined ? '' : `, saved by scikit-learn ${facts.scikitLearnVersion}`
  return `${entry} holds ${facts?.estimator === undefined ? 'the model' : `the estimator ${facts.estimator}`}${by}`
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array())
}
