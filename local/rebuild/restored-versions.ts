import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { packInputOf } from '../../lambdas/release/pack-input.ts'
import type { FrozenFile } from '../../lib/rules/artifact.ts'
import type { Image, VersionRecord } from '../../lib/rules/model-version.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import type { RebuiltModel } from '../../lib/rules/rebuild.ts'
import { Environments } from '../environments/environments.ts'
import type { FolderStore } from '../folder-store.ts'
import type { Home } from '../home.ts'
import { endpointLimits, type WrittenRow } from '../hosting/endpoint-table.ts'
import { ImageFolder } from '../image-folder.ts'

/** What is to be known of a version that was made anew. */
export interface VersionNote {
  readonly model: string
  readonly version: string
  /** Whether it can be served. */
  readonly served: boolean
  readonly note: string
}

/** The versions of a model as they stand in this home, and where the images lie that its endpoints serve. */
export interface RestoredVersions {
  readonly versions: readonly VersionRecord[]
  readonly endpoints: readonly WrittenRow[]
  readonly notes: readonly VersionNote[]
}

/** Find the image of every version that is READY, or pack it again from the frozen bytes. */
export async function restoredVersions(
  home: Home,
  store: FolderStore,
  { versions }: RebuiltModel,
): Promise<RestoredVersions> {
  const environments = new Environments(home)
  const images = new ImageFolder(home, store, environments)
  const restored = await Promise.all(versions.map((version) => restoredVersion(home, store, images, version)))
  await environments.stop()
  images.stop()
  return {
    versions: restored.map(({ version }) => version),
    endpoints: restored.flatMap(({ endpoint }) => endpoint ?? []),
    notes: restored.flatMap(({ version: { model, version }, served = true, note }) =>
      note === undefined ? [] : [{ model, version, served, note }],
    ),
  }
}

interface Restored {
  readonly version: VersionRecord
  readonly endpoint?: WrittenRow
  readonly served?: boolean
  readonly note?: string
}

async function restoredVersion(
  home: Home,
  store: FolderStore,
  images: ImageFolder,
  version: VersionRecord,
): Promise<Restored> {
  const { state, image, endpoint } = version
  // A graph is served by whatever its nodes are served by.
  if (state !== 'READY' || image === undefined || endpoint === undefined) return { version }
  if (endpoint.host !== 'process' && endpoint.host !== 'docker')
    return { version, served: false, note: `was released on another host, ${endpoint.host}` }
  const of = { name: endpoint.name, model: version.model, version: version.version }
  // Where the home was moved, the place that was recorded is another one.
  const place = join(home.images, image.digest.slice('sha256:'.length))
  // What runs in an environment of packages needs that as well: packing looks for both.
  if (existsSync(place) && version.requirements === undefined) {
    const found = { ...version, image: { ...image, uri: place } }
    return {
      version: found,
      endpoint: { ...of, image: place, limits: endpointLimits(version.manifest) },
    }
  }
  const packed = await packedAgain(store, images, version)
  if (typeof packed === 'string') return { version, served: false, note: packed }
  return {
    version: { ...version, image: packed },
    endpoint: { ...of, image: packed.uri, limits: endpointLimits(version.manifest) },
    note:
      packed.digest === image.digest
        ? 'its image was packed again'
        : "its image was packed again with this version of Sluice's runtime: its digest is another one",
  }
}

/** @returns the image, or why there can be none */
async function packedAgain(
  store: FolderStore,
  images: ImageFolder,
  version: VersionRecord,
): Promise<Image | string> {
  const input = packInputOf(version)
  if (input === undefined) return 'its record does not tell its files'
  for (const file of input.files) {
    const fault = await frozenFault(store, file)
    if (fault !== undefined) return `its image is gone, and the frozen bytes of ${file.path} ${fault}`
  }
  for (;;) {
    try {
      const packed = await images.pack(input)
      if (!('building' in packed)) return packed
    } catch (error) {
      if (isProblem(error)) return `it cannot be packed again: ${error.message}`
      throw error
    }
    await pause(lookEveryMs)
  }
}

const lookEveryMs = 200

async function frozenFault(store: FolderStore, { ref, sha256 }: FrozenFile): Promise<string | undefined> {
  // On a laptop bytes are named by their digest: any other name was recorded elsewhere.
  if (ref !== sha256 || !existsSync(store.frozenPath({ ref }))) return 'are too'
  const hash = createHash('sha256')
  await pipeline(createReadStream(store.frozenPath({ ref })), hash)
  return hash.digest('hex') === sha256 ? undefined : 'were changed'
}
