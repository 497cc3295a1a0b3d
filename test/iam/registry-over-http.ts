import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { described, mediaTypes } from '../../lib/rules/image-layers.ts'

export interface RegistryOverHttp {
  readonly endpoint: string
  /** Put an image there, as if it had been pushed: enough to append to. */
  hold(repository: string, tag: string): void
  /** Lose the layers that were put there with an image. */
  forgetLayers(repository: string): void
  /** Let layers be mounted out of one repository into another, as not every registry does. */
  mounting(): void
  /** Let nobody read what is there. */
  forbid(repository: string): void
  forget(): void
  stop(): Promise<void>
}

/** The one layer of images that are put there. */
const layer = `sha256:${createHash('sha256').update('a runtime').digest('hex')}`

/** What a request is to the registry's API: a manifest, a blob, or an upload of one. */
const kinds = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs)\/(.*)$/

/**
 * An image registry that keeps what it is given, in memory (the part of the OCI distribution specification that is
 * spoken here).
 * @param told every request: `registry.PUT manifests`, with the repository
 */
export async function registryOverHttp(
  told: (command: string, input: { readonly repository: string; readonly withBody: boolean }) => void,
): Promise<RegistryOverHttp> {
  const held = new Map<string, Buffer>()
  const forbidden = new Set<string>()
  let mounts = false
  const sent = new Map<string, Buffer>()
  const keep = (repository: string, text: string, tag?: string) => {
    held.set(`${repository}/${tag ?? described(text).digest}`, Buffer.from(text))
  }
  const answer = async (request: IncomingMessage): Promise<[number, Buffer | string, string?]> => {
    const url = new URL(request.url ?? '', 'http://registry')
    const [, repository = '', kind = '', name = ''] = kinds.exec(url.pathname) ?? []
    const { method = '' } = request
    const body = await buffer(request)
    told(`registry.${method} ${kind.replace('blobs/', '')}`, { repository, withBody: body.length > 0 })
    if (kind === 'blobs/uploads') {
      const [mount, from] = [url.searchParams.get('mount'), url.searchParams.get('from')]
      const there = mounts ? held.get(`${from}/${mount}`) : undefined
      if (there !== undefined) {
        held.set(`${repository}/${mount}`, there)
        return [201, '']
      }
      if (method === 'POST') return [202, '', `${url.pathname}${randomUUID()}`]
      const all = Buffer.concat([sent.get(url.pathname) ?? Buffer.alloc(0), body])
      sent.set(url.pathname, all)
      const digest = url.searchParams.get('digest')
      if (digest !== null) held.set(`${repository}/${digest}`, all)
      return [method === 'PATCH' ? 202 : 201, '', url.pathname]
    }
    if (method === 'PUT') {
      held.set(`${repository}/${name}`, body)
      keep(repository, body.toString())
      return [201, '']
    }
    if (forbidden.has(repository)) return [403, '{}']
    const found = held.get(`${repository}/${name}`)
    return found === undefined ? [404, '{}'] : [200, method === 'HEAD' ? '' : found]
  }
  const server = createServer(async (request, response) => {
    const [status, body, location] = await answer(request)
    response.writeHead(status, location === undefined ? {} : { location }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (repository, tag) => {
      const config = JSON.stringify({
        ...{ os: 'linux', architecture: 'arm64' },
        rootfs: { type: 'layers', diff_ids: [layer] },
      })
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: { mediaType: mediaTypes.config, ...described(config) },
        layers: [{ mediaType: mediaTypes.layer, size: 9, digest: layer }],
      })
      keep(repository, 'a runtime')
      keep(repository, config)
      keep(repository, manifest, tag)
    },
    forgetLayers: (repository) => {
      held.delete(`${repository}/${layer}`)
    },
    mounting: () => {
      mounts = true
    },
    forbid: (repository) => {
      forbidden.add(repository)
    },
    forget: () => {
      held.clear()
      forbidden.clear()
      mounts = false
      sent.clear()
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
