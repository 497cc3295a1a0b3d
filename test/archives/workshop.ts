import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Unpacked, unpackArchive } from '../../lambdas/release/unpack-archive.ts'
import type { ArchiveEnding } from '../../lib/rules/archive/archive-kind.ts'
import { FolderStore } from '../../local/folder-store.ts'
import { type Home, homeAt } from '../../local/home.ts'

/** A laptop's model store, and beside it a folder that nothing may be written to. */
export class Workshop {
  readonly folder: string
  readonly outside: string
  readonly home: Home
  readonly store: FolderStore
  #uploads = 0

  private constructor(folder: string) {
    this.folder = folder
    this.outside = join(folder, 'outside')
    this.home = homeAt(join(folder, 'home'))
    this.store = new FolderStore(this.home)
  }

  static async open(): Promise<Workshop> {
    const workshop = new Workshop(await mkdtemp(join(tmpdir(), 'sluice-archives-')))
    await mkdir(workshop.outside)
    await writeFile(join(workshop.outside, 'canary'), 'alive')
    return workshop
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }

  /** Upload an archive, and unpack it as a release does. */
  async released(bytes: Uint8Array, ending: ArchiveEnding): Promise<Unpacked> {
    this.#uploads += 1
    const version = `1.0.${this.#uploads}`
    const object = `models/packed/${version}${ending}`
    await mkdir(dirname(join(this.home.store, object)), { recursive: true })
    await writeFile(join(this.home.store, object), bytes)
    const upload = { model: 'packed', version, object }
    const [archive] = await this.store.freeze(upload, await this.store.listing(upload))
    if (archive === undefined) throw new Error('the archive was not frozen')
    return unpackArchive(this.store, archive, ending)
  }

  /** Every file there is, but for uploads and an archive that was frozen as it is, and what is in the canary. */
  async standing(archive: Uint8Array): Promise<readonly string[]> {
    const [uploads, frozen] = [join(this.home.store, 'models'), join(this.home.frozen, sha256Of(archive))]
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true })
    const places = entries
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((place) => !place.startsWith(uploads) && place !== frozen)
    const canary = await readFile(join(this.outside, 'canary'), 'utf8')
    return [`the canary is ${canary}`, ...places.toSorted()]
  }

  /** Take what was uploaded and frozen out of the way. */
  async clear(): Promise<void> {
    for (const folder of [join(this.home.store, 'models'), this.home.frozen])
      await rm(folder, { recursive: true, force: true })
    homeAt(this.home.root)
  }
}

export function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
