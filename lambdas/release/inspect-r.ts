import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { counted, Problem } from '../../lib/rules/problem.ts'
import { mostReadBytes } from '../../lib/rules/python/pickle-file.ts'
import {
  checkedPackages,
  descriptionFile,
  packagesOfDescription,
  packagesOfRenvLock,
  type RPackages,
  renvLock,
  rRequirements,
} from '../../lib/rules/r/r-requirements.ts'
import { type RdsFile, readRdsFile } from '../../lib/rules/r/rds-file.ts'
import { packagesOfPin, response, type VetiverModel, vetiverModel } from '../../lib/rules/r/vetiver-pin.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { agreedOn, leniently } from './agreed-signature.ts'
import { inspectCrate } from './inspect-crate.ts'
import { inspectProgram } from './inspect-program.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** Find out what an artifact of the r runtime takes, answers and needs, without running any of it. */
export async function inspectR(
  recognised: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const { entry, name } = recognised
  const written = await writtenPackages(files, read)
  if (name === 'program')
    return {
      ...(await inspectProgram(recognised, files, manifest, read)),
      requirements: rRequirements(written ?? new Map()),
    }
  if (name === 'mlflow')
    return {
      ...(await inspectCrate(recognised, files, manifest, read)),
      requirements: rRequirements(written ?? new Map()),
    }
  const { value, facts } = await rdsFile(entry, files, read)
  const model = vetiverModel(value)
  if (model === undefined)
    throw new Problem(
      'artifact-unrecognised',
      `${entry} holds no model as vetiver_pin_write() writes it; write it so, or bring a predict.R that loads it`,
    )
  const told = checkedPackages(await packagesTold(entry, model, read), 'data.txt')
  return {
    ...(await agreedOn(answering(model, manifest), manifest, read)),
    found: sentence(entry, model, facts.functions),
    requirements: rRequirements(written ?? told),
  }
}

/** What the release says it needs beside the model, the most exact first. */
async function writtenPackages(
  files: readonly InspectedFile[],
  read: ReadFile,
): Promise<RPackages | undefined> {
  const has = (file: string) => files.some(({ path }) => path === file)
  if (has(renvLock)) return packagesOfRenvLock(leniently(await read(renvLock)))
  return has(descriptionFile) ? packagesOfDescription(leniently(await read(descriptionFile))) : undefined
}

/** @throws Problem `artifact-unsafe` where R would run something of it by loading it, or nobody can tell */
async function rdsFile(entry: string, files: readonly InspectedFile[], read: ReadFile): Promise<RdsFile> {
  const size = files.find(({ path }) => path === entry)?.size ?? 0
  const found =
    size > mostReadBytes
      ? { unread: `it has ${size} bytes, and up to ${mostReadBytes} are looked through` }
      : readRdsFile((await read(entry)) ?? new Uint8Array())
  const itself = 'Where you trust the file and need it, bring a predict.R that loads it itself'
  if ('unread' in found)
    throw new Problem('artifact-unsafe', `${entry} cannot be looked through: ${found.unread}. ${itself}`)
  const [lurking] = found.facts.lurking
  if (lurking !== undefined) throw new Problem('artifact-unsafe', `${entry} holds ${lurking}. ${itself}`)
  return found
}

async function packagesTold(entry: string, { packages }: VetiverModel, read: ReadFile): Promise<RPackages> {
  const beside = `${entry.slice(0, entry.lastIndexOf('/') + 1)}data.txt`
  return new Map([
    ...packages.map((name) => [name, null] as const),
    ...packagesOfPin(leniently(await read(beside))),
  ])
}

/** The model's own signature, with the answer on the scale of what it predicts where the manifest asks for it. */
function answering({ signature, hasResponse }: VetiverModel, manifest: Manifest) {
  const declared = manifest.signature as Signature | undefined
  const asks = declared?.outputs.some(({ name }) => name === response) ?? false
  if ('unknown' in signature || !asks || !hasResponse) return signature
  return {
    ...signature,
    outputs: [...signature.outputs, { name: response, type: 'float64', shape: [] } as const],
  }
}

function sentence(entry: string, { classes }: VetiverModel, functions: number): string {
  const what = `${entry} holds a vetiver model of the class ${classes[0] ?? 'list'}`
  if (functions === 0) return what
  return `${what}, with ${counted(functions, 'function')} that run as it predicts, as a predict.R would`
}
