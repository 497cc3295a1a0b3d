import {
  artifactDigest,
  checkDeclared,
  checkExtent,
  completeness,
  type ListedFile,
  manifestFile,
  uploadRef,
} from '../../lib/rules/artifact.ts'
import { textOf } from '../../lib/rules/body-text.ts'
import { parseManifest } from '../../lib/rules/manifest-text.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports, Upload } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'

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
    const files = await ports.store.freeze(upload, listing)
    checkDeclared(files, declared)
    const sizeBytes = files.reduce((sum, file) => sum + file.size, 0)
    const artifact = { digest: artifactDigest(files), sizeBytes, files }
    await ports.registry.changeVersion(model, {
      version,
      seen: { state: 'CREATING', owner: id },
      facts: { artifact, upload: uploadRef(listing) },
    })
    await note(
      ports,
      id,
      {},
      `froze ${files.length} files, ${sizeBytes} bytes, ${artifact.digest.slice(0, 19)}`,
    )
    return { status: 'frozen' }
  }

function uploadOf({ model, version, upload }: Operation): Upload {
  return { model, version, ...(upload?.object !== undefined && { object: upload.object }) }
}

async function declaredFiles({ store }: Ports, upload: Upload, listing: readonly ListedFile[]) {
  const file = listing.find(({ path }) => path === manifestFile)
  if (file === undefined) return []
  return parseManifest(textOf(await store.peek(upload, file), manifestFile, 'manifest-invalid')).files
}
