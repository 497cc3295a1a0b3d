import { type FrozenArtifact, manifestFile } from '../../lib/rules/artifact.ts'
import { textOf } from '../../lib/rules/body-text.ts'
import { refuseUnhideable, refuseUnrecorded } from '../../lib/rules/capture/capture-plan.ts'
import { headBytes } from '../../lib/rules/detection/layout.ts'
import { headsWanted, type Recognised, recogniseArtifact } from '../../lib/rules/detection/recognise.ts'
import { refuseUnserved } from '../../lib/rules/detection/served-layouts.ts'
import type { Manifest, Runtime, WrittenManifest } from '../../lib/rules/manifest.ts'
import { fillManifest, parseManifest, writtenKeys } from '../../lib/rules/manifest-text.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import {
  refuseMisplacedPickle,
  unsafePickleRefused,
  unsafePickleSentence,
} from '../../lib/rules/python/unsafe-pickle.ts'
import { refuseUnheldQuality } from '../../lib/rules/quality/quality-limit.ts'
import { describeFields } from '../../lib/rules/signature.ts'
import { answeredBy } from '../monitoring/answered-notice.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'
import { leniently } from './agreed-signature.ts'
import type { Inspected, InspectedFile, ReadFile, Surroundings } from './inspection.ts'
import { inspections } from './inspections.ts'
import { keepBaseline } from './keep-baseline.ts'
import { nodesIn } from './node-lookup.ts'
import { namedAfter, refuseStranger } from './read-entry.ts'

/** Find out what the artifact is: its runtime, its manifest with every default in place, its signature. */
export const inspectArtifact =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    const artifact = (await ports.registry.version(model, version))?.artifact
    if (artifact === undefined) throw new Problem('platform-fault', 'the artifact was not frozen')
    const read: ReadFile = async (path, first) => {
      const file = artifact.files.find((one) => one.path === path)
      return file === undefined ? undefined : ports.store.read(file, first)
    }
    const around = { nodes: nodesIn(ports.registry) }
    const inspected = await inspect({ model, version }, artifact.files, read, around)
    const { manifest, signature, entry, layout, requirements, unlisted, graph } = inspected
    if (unlisted !== undefined && !ports.settings.allowUnsafePickle) throw unsafePickleRefused(entry)
    refuseUnrecorded(manifest.capture, ports.settings.recordsCalls)
    const baseline = await keepBaseline(ports, { model, version }, artifact.files, inspected)
    const facts = {
      ...{ manifest, entry, layout },
      ...(signature !== undefined && { signature }),
      ...(requirements !== undefined && { requirements }),
      ...(graph !== undefined && { graph }),
    }
    const seen = { state: 'CREATING', owner: id } as const
    await ports.registry.changeVersion(model, { version, seen, facts })
    const takes = signature === undefined ? 'requests as they come' : describeFields(signature.inputs)
    await note(ports, id, {}, `recognised ${manifest.runtime}: ${inspected.found}, takes ${takes}`)
    if (unlisted !== undefined) await note(ports, id, {}, unsafePickleSentence(entry, unlisted))
    if (baseline !== undefined) await note(ports, id, {}, baseline)
    const answers = await answeredBy(ports, manifest)
    if (answers !== undefined) await note(ports, id, {}, answers)
    return {}
  }

/**
 * Inspect a release, wherever its files lie. Nothing of it is run.
 * @throws Problem whatever is wrong with it
 */
export async function inspect(
  place: { readonly model: string; readonly version: string },
  files: FrozenArtifact['files'] | readonly InspectedFile[],
  read: ReadFile,
  around: Surroundings = {},
): Promise<Inspected & ReturnType<typeof fillManifest>> {
  const paths = files.map(({ path }) => path)
  const bytes = await read(manifestFile)
  const text = bytes === undefined ? '' : textOf(bytes, manifestFile, 'manifest-invalid')
  const written = parseManifest(text)
  const recognised = await recognise(paths, written, read)
  const { runtime, entry, name: layout, because, beside } = recognised
  refuseMisplacedFields(written, runtime)
  refuseMisplacedPickle(written.unsafePickle, recognised)
  const filled = fillManifest(written, { ...place, runtime }, writtenKeys(text))
  refuseMissingExamples(filled.manifest, paths)
  await refuseStranger(entry, read)
  const inspection = await inspections[runtime](recognised, files, filled.manifest, read, around).catch(
    namedAfter(entry, paths),
  )
  refuseUnhideable(filled.manifest.capture, inspection.signature)
  refuseUnheldQuality(filled.manifest.release?.limits.quality, filled.manifest.capture, inspection.signature)
  return { ...filled, ...inspection, entry, layout, because, beside }
}

async function recognise(
  paths: readonly string[],
  { runtime, image }: WrittenManifest,
  read: ReadFile,
): Promise<Recognised> {
  const heads = new Map<string, string>()
  for (const path of headsWanted(paths)) heads.set(path, leniently(await read(path, headBytes)))
  const recognised = recogniseArtifact({ paths, heads, image }, runtime)
  refuseUnserved(recognised)
  return recognised
}

/** @throws Problem `manifest-invalid` for fields that mean something to another runtime only */
function refuseMisplacedFields(written: WrittenManifest, runtime: Runtime): void {
  if (runtime === 'container') return
  const misplaced = (['image', 'container'] as const).filter((key) => written[key] !== undefined)
  if (misplaced.length === 0) return
  throw new Problem(
    'manifest-invalid',
    `model.yaml has ${misplaced.join(' and ')}, which belongs to the runtime 'container', and the artifact is one for '${runtime}'`,
    misplaced.map((key) => ({
      pointer: `/${key}`,
      found: shown(written[key]),
      allowed: `nothing: the runtime is '${runtime}'`,
    })),
  )
}

function refuseMissingExamples({ examples }: Manifest, paths: readonly string[]): void {
  const missing = examples
    .flatMap(({ request, expect }, i) => [
      { path: request, pointer: `/examples/${i}/request` },
      { path: expect, pointer: `/examples/${i}/expect` },
    ])
    .filter(({ path }) => path !== undefined && !paths.includes(path))
  if (missing.length === 0) return
  const named = missing.slice(0, 3).map(({ path }) => shown(path))
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : ''
  throw new Problem(
    'manifest-invalid',
    `the manifest names examples that were not uploaded: ${named.join(', ')}${more}`,
    missing.map(({ path, pointer }) => ({
      pointer,
      found: `'${path}', which is not there`,
      allowed: 'a file of the release',
    })),
  )
}
