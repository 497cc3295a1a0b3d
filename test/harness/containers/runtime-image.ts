import { join } from 'node:path'
import { adapterImage } from './adapter-image.ts'
import { baseImage } from './base-image.ts'
import type { Engine } from './engine.ts'

const templates = join(import.meta.dirname, '..', '..', '..', 'model-templates')
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

/**
 * The dependency image of a runtime, built by the template's own Dockerfile; only its two bases are stand-ins. What the
 * engine has built before it does not build again.
 * @returns the image's name
 */
export async function runtimeImage(engine: Engine, runtime = 'onnx'): Promise<string> {
  const image = `sluice-test/${runtime}:latest`
  const bases = [`BASE_IMAGE=${await baseImage(engine)}`, `ADAPTER_IMAGE=${await adapterImage(engine)}`]
  // Docker knows the proxies by name: they reach the steps and are not written into the image.
  const values = [...bases, ...proxies.filter((name) => process.env[name] !== undefined)]
  const args = values.flatMap((value) => ['--build-arg', value])
  await engine.docker('build', '--quiet', '--network=host', ...args, '--tag', image, join(templates, runtime))
  return image
}
