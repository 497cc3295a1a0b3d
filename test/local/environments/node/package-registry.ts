import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** A package as its author has it: its package.json, and its other files. */
interface Published {
  readonly manifest: { readonly name: string; readonly version: string } & Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string>>
}

/** A registry of npm packages on this machine, with what it was asked for. */
export class PackageRegistry {
  /** Of what was fetched, the paths. */
  readonly asked: string[] = []
  /** While it is true every package's bytes are others than they were. */
  lies = false
  readonly #server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    this.asked.push(path)
    const found = path.endsWith('.tgz') ? this.#tarballs.get(path) : this.#document(path.slice(1))
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(
      found !== undefined && this.lies ? Buffer.concat([Buffer.from(found), Buffer.from(' ')]) : found,
    )
  })
  readonly #tarballs = new Map<string, Buffer>()
  readonly #packages: Published[] = []
  address = ''

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.address = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async publish(one: Published): Promise<void> {
    const tar = pack()
    const files = { 'package.json': JSON.stringify(one.manifest), ...one.files }
    for (const [name, text] of Object.entries(files)) tar.entry({ name: `package/${name}` }, text)
    tar.finalize()
    this.#tarballs.set(tarballOf(one), gzipSync(await buffer(tar)))
    this.#packages.push(one)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #document(name: string): string | undefined {
    const versions = this.#packages.filter(({ manifest }) => manifest.name === name)
    if (versions.length === 0) return undefined
    const documents = versions.map((one) => {
      const bytes = this.#tarballs.get(tarballOf(one)) ?? Buffer.alloc(0)
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
      const hasInstallScript = 'scripts' in one.manifest
      const dist = { tarball: `${this.address}${tarballOf(one)}`, integrity }
      return [one.manifest.version, { ...one.manifest, dist, ...(hasInstallScript && { hasInstallScript }) }]
    })
    const latest = versions.at(-1)?.manifest.version
    return JSON.stringify({ name, 'dist-tags': { latest }, versions: Object.fromEntries(documents) })
  }
}

function tarballOf({ manifest: { name, version } }: Published): string {
  return `/${name}/-/${name}-${version}.tgz`
}
