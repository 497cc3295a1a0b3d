import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { PackInput } from '../../lambdas/ports.ts'
import { artifactDigest } from '../../lib/rules/artifact.ts'
import { fillManifest, parseManifest } from '../../lib/rules/manifest-text.ts'
import type { Endpoint, Image } from '../../lib/rules/model-version.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { openDatabase } from '../../local/database.ts'
import { Environments } from '../../local/environments/environments.ts'
import { FolderStore } from '../../local/folder-store.ts'
import { homeAt } from '../../local/home.ts'
import { ProcessHost } from '../../local/hosting/process-host.ts'
import { ImageFolder } from '../../local/image-folder.ts'

type Files = Readonly<Record<string, string | Uint8Array>>

/** What came of a call: a status with what was said, or the code of a problem. */
export interface Came {
  readonly status?: number
  readonly body?: string
  readonly contentType?: string
  readonly code?: string
  readonly detail?: string
}

/** The images and the endpoints of a home, without a platform. */
export class ForeignHost {
  readonly home
  readonly host: ProcessHost
  readonly images: ImageFolder
  readonly #database

  /** @param loadMs after this a load is given up */
  constructor(folder: string, loadMs = 30_000) {
    this.home = homeAt(folder)
    this.#database = openDatabase(this.home.database)
    this.host = new ProcessHost(this.#database, this.home, 'sluice', { loadMs, longestPauseMs: 200 })
    this.images = new ImageFolder(this.home, new FolderStore(this.home), new Environments(this.home))
  }

  /** Pack a version, however long that takes. @param told hears what is being done */
  async pack(model: string, files: Files, text = '', told: string[] = []): Promise<Image> {
    const manifest = manifestOf(model, text)
    const { image, container } = manifest
    const frozen = await Promise.all(
      Object.entries({ ...files, 'model.yaml': text }).map(async ([path, content]) => {
        const sha256 = createHash('sha256').update(content).digest('hex')
        await writeFile(join(this.home.frozen, sha256), content)
        return { path, size: Buffer.byteLength(content), sha256, ref: sha256 }
      }),
    )
    const input: PackInput = {
      ...{ model, version: '1.0.0', runtime: 'container', architecture: 'x86_64', files: frozen },
      digest: artifactDigest(frozen),
      entry: image === undefined ? 'Dockerfile' : 'model.yaml',
      layout: image === undefined ? 'dockerfile' : 'image',
      ...(image !== undefined && { image }),
      ...(container !== undefined && { container }),
    }
    for (;;) {
      const packed = await this.images.pack(input)
      if ('digest' in packed) return packed
      if (told.at(-1) !== packed.building) told.push(packed.building)
      await pause(20)
    }
  }

  /** Pack a version and start its endpoint. */
  async release(model: string, files: Files, text = ''): Promise<Endpoint> {
    const image = await this.pack(model, files, text)
    return this.host.create({ model, version: '1.0.0', image, manifest: manifestOf(model, text) })
  }

  async call(endpoint: Endpoint, body: string, timeoutMs = 10_000, accept?: string): Promise<Came> {
    const request = { body, contentType: 'text/plain', timeoutMs, ...(accept !== undefined && { accept }) }
    try {
      const answer = await this.host.invoke(endpoint, request)
      return { ...answer, body: new TextDecoder().decode(answer.body) }
    } catch (error) {
      if (!isProblem(error)) throw error
      return { code: error.code, detail: error.message }
    }
  }

  async log(endpoint: Endpoint): Promise<string> {
    return (await this.host.log(endpoint)).map(({ text }) => text).join('\n')
  }

  async stop(): Promise<void> {
    this.images.stop()
    await this.host.stop()
    this.#database.close()
  }
}

function manifestOf(model: string, text: string) {
  return fillManifest(parseManifest(text), { model, version: '1.0.0', runtime: 'container' }, []).manifest
}
