import { described, type ImageConfig, type ImageManifest, mediaTypes } from '../image-layers.ts'
import type { ContainerFields } from './container-schema.ts'
import type { ForeignImage } from './foreign-manifest.ts'
import { serverAddress } from './server-address.ts'

/** The image that the server of a version comes with, ready for the version's own layer. */
export interface ServerImage {
  /** Of everything that it is made of. */
  readonly digest: string
  readonly manifest: ImageManifest
  readonly config: ImageConfig
}

const sourceLabel = 'sluice.image'

/** Settings of AWS Lambda Web Adapter that an image brings: which of them holds is not left to chance. */
const adapters = /^(?:AWS_LWA_[A-Z_]+|READINESS_CHECK_[A-Z]+|REMOVE_BASE_PATH|ASYNC_INIT)=/

/**
 * Somebody else's image and, as a layer on top, AWS Lambda Web Adapter, told how its server is started and asked. In
 * place of an adapter of its own, which would lie in the same place. Where no Lambda is, nobody starts it.
 * @param from the image by its digest, as the history of the version tells it
 */
export function serverImage(
  foreign: ForeignImage & { readonly settings: ImageConfig },
  adapter: Pick<ServerImage, 'manifest' | 'config'>,
  fields: ContainerFields | undefined,
  from: string,
): ServerImage {
  const { settings } = foreign
  const config: ImageConfig = {
    ...settings,
    config: {
      ...settings.config,
      ...started(settings, fields),
      Env: environment(settings.config?.Env ?? [], fields),
      Labels: { ...settings.config?.Labels, [sourceLabel]: from },
    },
    rootfs: {
      ...settings.rootfs,
      diff_ids: [...settings.rootfs.diff_ids, ...adapter.config.rootfs.diff_ids],
    },
    history: [
      ...(settings.history ?? []),
      ...adapter.manifest.layers.map(() => ({ created_by: 'sluice: AWS Lambda Web Adapter' })),
    ],
  }
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, ...described(JSON.stringify(config)) },
    layers: [...foreign.layers, ...adapter.manifest.layers],
  }
  return { digest: described(JSON.stringify(manifest)).digest, manifest, config }
}

/** What is started: what the manifest says, else what the image says, else what SageMaker would start. */
function started({ config }: ImageConfig, fields: ContainerFields | undefined) {
  const { startCommand } = fields ?? {}
  if (startCommand !== undefined) return { Entrypoint: startCommand, Cmd: [] }
  const says = [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])]
  return says.length > 0 ? {} : { Cmd: ['serve'] }
}

function environment(own: readonly string[], fields: ContainerFields | undefined): readonly string[] {
  const { port, readiness } = serverAddress(fields)
  const ours = {
    MODEL_DIR: '/opt/sluice/model',
    VERSION_FILE: '/opt/sluice/version.json',
    PORT: `${port}`,
    AWS_LWA_HOST: '127.0.0.1',
    AWS_LWA_PORT: `${port}`,
    AWS_LWA_READINESS_CHECK_PORT: `${port}`,
    AWS_LWA_READINESS_CHECK_PATH: readiness,
    // Of itself the adapter takes every answer below 500 for readiness: 404 as well.
    AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS: '300',
    AWS_LWA_ASYNC_INIT: 'true',
  }
  const kept = own.filter((line) => !adapters.test(line) && !Object.hasOwn(ours, line.split('=', 1)[0] ?? ''))
  return [...kept, ...Object.entries(ours).map(([name, value]) => `${name}=${value}`)]
}
