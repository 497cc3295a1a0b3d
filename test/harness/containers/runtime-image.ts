import { createHash } from 'node:crypto'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterImage } from './adapter-image.ts'
import { baseImage } from './base-image.ts'
import { type Engine, proxyArguments } from './engine.ts'

const templates = join(import.meta.dirname, '..', '..', '..', 'model-templates')

interface RuntimeImageOptions {
  /** The text of dependencies.lock. @default '' */
  readonly lock?: string
  /** The image that stands in for BASE_IMAGE. @default this machine's own Node */
  readonly base?: string
  /** Images that stand in for others that the Dockerfile names, by its arguments. */
  readonly others?: Readonly<Record<string, string>>
}

/**
 * The dependency image of a runtime, built by the template's own Dockerfile; only its two bases are stand-ins. What the
 * engine has built before it does not build again.
 * @returns the image's name
 */
export async function runtimeImage(
  engine: Engine,
  runtime = 'onnx',
  { lock = '', base, others = {} }: RuntimeImageOptions = {},
): Promise<string> {
  const adapter = { ADAPTER_IMAGE: await adapterImage(engine) }
  const bases = { BASE_IMAGE: base ?? (await baseImage(engine)), ...adapter, ...others }
  const args = Object.entries(bases).flatMap(([name, image]) => ['--build-arg', `${name}=${image}`])
  const key = createHash('sha256').update(`${bases.BASE_IMAGE}\n${lock}`).digest('hex').slice(0, 12)
  const image = `sluice-test/${runtime}:${key}`
  const folder = await mkdtemp(join(tmpdir(), 'sluice-runtime-'))
  try {
    await cp(join(templates, runtime), folder, { recursive: true })
    await writeFile(join(folder, 'dependencies.lock'), lock)
    const options = ['--quiet', '--network=host', ...proxyArguments(), ...args]
    await engine.docker('build', ...options, '--tag', image, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return image
}
