import {
  artifactDigest,
  checkDeclared,
  checkExtent,
  completeness,
  type FrozenArtifact,
  type ListedFile,
  manifestFile,
  uploadRef,
} from '../../lib/rules/artifact.ts'
import { textOf } from '../../lib/rules/body-text.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { parseManifest } from '../../lib/rules/manifest-text.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports, Upload } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { endingOfArchive, unpackArchive } from './unpack-archive.ts'

type Frozen = { readonly status: 'frozen' } | { readonly status: 'waiting'; readonly waitUntil: string }

/** Wait until the upload is whole, then take hold of exactly its bytes. */
export const freezeArtifact =
  (ports: Ports): Step<StepInput, Frozen> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    const { model, version } = operation
    if ((await ports.registry.version(model, version))?.artifact !== undefined) return { status: 'frozen' }
    const upload = uploadOf(operation)
    const listing = await ports.store.listing(upload)
    const declared = await declaredFiles(ports, upload, listing)
    const now = ports.clock.now()
    if (upload.object === undefined) {
      const judged = completeness(listing, declared, now, Date.parse(operation.startedAt))
      if (!judged.complete) {
        if (now >= operation.deadline)
          throw new Problem('artifact-incomplete', `the upload still waits for ${judged.waitsFor}`)
        await note(ports, id, {}, `waiting for ${judged.waitsFor}`)
        return { status: 'waiting', waitUntil: new Date(judged.lookAgainAt).toISOString() }
      }
    }
    checkExtent(listing)
    const { artifact, told } = await frozenArtifact(ports, upload, listing, declared)
    await ports.registry.changeVersion(model, {
      version,
      seen: { state: 'CREATING', owner: id },
      facts: { artifact, upload: uploadRef(listing) },
    })
    await note(ports, id, {}, `${told}, ${artifact.digest.slice(0, 19)}`)
    return { status: 'frozen' }
  }

/** @param declared what a manifest beside the files says of them: one inside an archive speaks once it is unpacked */
async function frozenArtifact(
  { store }: Ports,
  upload: Upload,
  listing: readonly ListedFile[],
  declared: Manifest['files'],
): Promise<{ readonly artifact: FrozenArtifact; readonly told: string }> {
  const files = await store.freeze(upload, listing)
  const ending = endingOfArchive(upload)
  const [archive] = files
  if (ending !== undefined && archive !== undefined) {
    const unpacked = await unpackArchive(store, archive, ending)
    const inside = unpacked.artifact.files.find(({ path }) => path === manifestFile)
    if (inside !== undefined)
      checkDeclared(unpacked.artifact.files, filesOfManifest(await store.read(inside)))
    return unpacked
  }
  checkDeclared(files, declared)
  const sizeBytes = files.reduce((sum, file) => sum + file.size, 0)
  const artifact = { digest: artifactDigest(files), sizeBytes, files }
  return { artifact, told: `froze ${files.length} files, ${sizeBytes} bytes` }
}

function uploadOf({ model, version, upload }: Operation): Upload {
  return { model, version, ...(upload?.object !== undefined && { object: upload.object }) }
}

async function declaredFiles({ store }: Ports, upload: Upload, listing: readonly ListedFile[]) {
  const file = listing.find(({ path }) => path === manifestFile)
  if (file === undefined) return []
  return filesOfManifest(await store.peek(upload, file))
}

function filesOfManifest(bytes: Uint8Array): Manifest['files'] {
  return parseManifest(textOf(bytes, manifestFile, 'manifest-invalid')).files
}
