import { createHash } from 'node:crypto'
import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
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
  const on = base ?? (await baseImage(engine))
  const key = createHash('sha256').update(`${on}\n${lock}`).digest('hex').slice(0, 12)
  return built(engine, runtime, {
    lock,
    bases: { BASE_IMAGE: on, ...others },
    args: ['--tag', `sluice-test/${runtime}:${key}`],
  })
}

/** What the template's own Dockerfile resolves requirements to. @throws Error with what the resolver says */
export async function resolvedLock(
  engine: Engine,
  runtime: string,
  { requirements, base }: { readonly requirements: string; readonly base: string },
): Promise<string> {
  const args = ['--target', 'resolve', '--tag', `sluice-test/${runtime}:resolve`]
  const image = await built(engine, runtime, { lock: '', bases: { BASE_IMAGE: base }, args })
  const folder = await mkdtemp(join(tmpdir(), 'sluice-resolve-'))
  try {
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'asked.txt'), requirements)
    const flags = ['--rm', '--network=host', `--volume=${folder}:/asked:ro`, '--entrypoint=sh']
    const script = 'exec "$@" </asked/asked.txt'
    const entrypoint = JSON.parse(
      await engine.docker('inspect', '--format', '{{json .Config.Entrypoint}}', image),
    ) as readonly string[]
    return `${await engine.docker('run', ...flags, image, '-c', script, 'sh', ...entrypoint)}\n`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Building {
  readonly lock: string
  readonly bases: Readonly<Record<string, string>>
  /** The last of them is the name of the image. */
  readonly args: readonly string[]
}

async function built(engine: Engine, runtime: string, { lock, bases, args }: Building): Promise<string> {
  const all = { ...bases, ADAPTER_IMAGE: await adapterImage(engine) }
  const given = Object.entries(all).flatMap(([name, image]) => ['--build-arg', `${name}=${image}`])
  const folder = await mkdtemp(join(tmpdir(), 'sluice-runtime-'))
  try {
    await cp(join(templates, runtime), folder, { recursive: true })
    await writeFile(join(folder, 'dependencies.lock'), lock)
    await engine.docker('build', '--quiet', '--network=host', ...proxyArguments(), ...given, ...args, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return args.at(-1) ?? ''
}
