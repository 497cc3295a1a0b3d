import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, proxyArguments } from './engine.ts'
import { type MachineSettings, machineSettings } from './machine-settings.ts'
import { madeOnce } from './made-once.ts'
import { run } from './run.ts'

/** Debian 12, on which the images are made that the templates name. */
const release = 'bookworm'

/**
 * Stands in for python:3.11-slim, r-base, eclipse-temurin and others where nothing can be pulled: Debian 12 as
 * debootstrap makes it, smallest variant, with packages of Debian's own on top. The system is made once a machine, an
 * image once an engine and list. apt, pip and uv in it ask whom this machine asks, and trust whom it trusts.
 * @param packages of Debian, by name; what they only recommend is left out
 * @returns the image's name
 */
export async function debianBase(engine: Engine, packages: readonly string[] = []): Promise<string> {
  const settings = await machineSettings(release)
  const key = hashOf(await readFile(import.meta.filename, 'utf8'), JSON.stringify(settings), process.arch)
  const system = `sluice-test/debian:${key}`
  if (!(await has(engine, system))) {
    const made = await madeOnce(`debian-${release}-${key}`, (folder) => bootstrap(folder, settings))
    await engine.docker('import', '--change', 'CMD ["sh"]', join(made, 'system.tar'), system)
  }
  if (packages.length === 0) return system
  const image = `sluice-test/debian:${key}-${hashOf(...packages.toSorted())}`
  if (!(await has(engine, image))) await install(engine, packages, { system, image })
  return image
}

async function bootstrap(folder: string, settings: MachineSettings): Promise<void> {
  const root = join(folder, 'root')
  const environment = settings.aptProxy === undefined ? {} : { http_proxy: settings.aptProxy }
  const mirror = settings.mirror === undefined ? [] : [settings.mirror]
  await run(
    'debootstrap',
    ['--variant=minbase', '--include=ca-certificates', release, root, ...mirror],
    environment,
  )
  await lay(root, settings)
  await run('chroot', [root, 'update-ca-certificates'])
  const left = ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale']
  await run('sh', ['-c', 'cd "$0" && for each; do find "$each" -mindepth 1 -delete; done', root, ...left])
  // Nothing of what runs here lies in it: devices and kernel tables are the engine's to give.
  await run('tar', [
    ...['-C', root, '--numeric-owner', '--exclude=./dev/*', '--exclude=./proc/*', '--exclude=./sys/*'],
    ...['-cf', join(folder, 'system.tar'), '.'],
  ])
  await rm(root, { recursive: true })
}

/** The machine's settings, where the programs in an image look for them. */
async function lay(root: string, settings: MachineSettings): Promise<void> {
  const files: readonly (readonly [path: string, text: string])[] = [
    ['etc/pip.conf', settings.pip],
    ['etc/uv/uv.toml', settings.uv],
    ['etc/apt/apt.conf.d/90machine', settings.apt],
    // An image that is half made is thrown away: nothing of it has to reach the disk in order.
    ['etc/dpkg/dpkg.cfg.d/90image', 'force-unsafe-io\n'],
    ...(settings.sources === '' ? [] : ([['etc/apt/sources.list', settings.sources]] as const)),
    ...(await unknownTo(root, settings.certificates)),
  ]
  for (const [path, text] of files) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

/** Certificates that a system does not come with. */
async function unknownTo(
  root: string,
  certificates: readonly string[],
): Promise<readonly (readonly [path: string, text: string])[]> {
  const known = await readFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8')
  return certificates
    .filter((one) => !known.includes(one))
    .map((one, i) => [`usr/local/share/ca-certificates/machine-${i}.crt`, `${one}\n`] as const)
}

async function install(
  engine: Engine,
  packages: readonly string[],
  { system, image }: { readonly system: string; readonly image: string },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-debian-'))
  const apt = `DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${packages.join(' ')}`
  // Debian's packages of Java do not install where there is no folder for their manuals.
  const steps = [
    'mkdir -p /usr/share/man/man1',
    'apt-get update',
    apt,
    'apt-get clean',
    'rm -r /var/lib/apt/lists/*',
  ]
  try {
    await writeFile(join(folder, 'Dockerfile'), `FROM ${system}\nRUN ${steps.join(' && ')}\n`)
    const args = ['--quiet', '--network=host', ...proxyArguments()]
    await engine.docker('build', ...args, '--tag', image, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function has(engine: Engine, image: string): Promise<boolean> {
  return (await engine.docker('images', '--quiet', image)) !== ''
}

function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}
