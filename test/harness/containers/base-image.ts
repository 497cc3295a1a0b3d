import { createHash } from 'node:crypto'
import { access, cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Engine } from './engine.ts'
import { run } from './run.ts'

/** What the steps of a Dockerfile may call besides Node and npm. */
const tools = ['sh', 'cat', 'chmod', 'chown', 'cp', 'env', 'id', 'ls', 'mkdir', 'mv', 'rm', 'sleep']

/** Of the C library, what no program of ours links, and native packages for Node do. */
const moreLibraries = ['librt.so.1', 'libdl.so.2', 'libpthread.so.0']

/**
 * Stands in for node:24-slim where nothing can be pulled: this machine's own Node, npm, shell and C library, with the
 * same layout, the same user and nothing else. Made once an engine.
 * @returns the image's name
 */
export async function baseImage(engine: Engine): Promise<string> {
  const npm = await npmFolder()
  const settings = await npmSettings(npm)
  const certificates = await readFile(settings.cafile, 'utf8')
  const [source, version] = await Promise.all([
    readFile(import.meta.filename, 'utf8'),
    readFile(join(npm, 'package.json'), 'utf8'),
  ])
  const parts = [source, version, certificates, settings.registry, process.version, process.arch]
  const key = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
  const image = `sluice-test/node:${key}`
  if ((await engine.docker('images', '--quiet', image)) !== '') return image
  const folder = await mkdtemp(join(tmpdir(), 'sluice-base-'))
  try {
    const [root, tar] = [join(folder, 'root'), join(folder, 'root.tar')]
    await layOut(root, npm)
    await mkdir(join(root, 'etc/ssl/certs'), { recursive: true })
    await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), certificates)
    // Settings that come with npm itself: the registry of this machine, and whom it trusts.
    const builtin = `registry=${settings.registry}\ncafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n`
    await writeFile(join(root, 'usr/local/lib/node_modules/npm/npmrc'), builtin)
    await run('tar', ['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-cf', tar, '.'])
    await engine.docker('import', '--change', 'CMD ["node"]', tar, image)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return image
}

/** A root file system, as node:24-slim has it where a Dockerfile looks. */
async function layOut(root: string, npm: string): Promise<void> {
  for (const place of ['bin', 'etc', 'root', 'tmp', 'usr/bin', 'usr/local/bin', 'usr/local/lib/node_modules'])
    await mkdir(join(root, place), { recursive: true })
  await run('chmod', ['1777', join(root, 'tmp')])
  const programs = new Map([['usr/local/bin/node', process.execPath]])
  for (const tool of tools) programs.set(`bin/${tool}`, await realpath(await which(tool)))
  for (const [place, program] of programs) await cp(program, join(root, place))
  // `#!/usr/bin/env node` is how npm's own scripts begin.
  await symlink('/bin/env', join(root, 'usr/bin/env'))
  for (const library of await librariesOf([...programs.values()]))
    await cp(await realpath(library), join(root, library))
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true })
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/tmp:/bin/sh\n')
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
}

/** The shared libraries that programs name, and those beside them, by the paths they are looked for at. */
async function librariesOf(programs: readonly string[]): Promise<Set<string>> {
  const libraries = new Set<string>()
  for (const program of programs)
    for (const [, path = ''] of (await run('ldd', [program])).matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm))
      libraries.add(resolve(path))
  const [library = ''] = [...libraries].filter((path) => path.includes('libc.so'))
  for (const name of moreLibraries) {
    const path = join(dirname(library), name)
    if (await there(path)) libraries.add(path)
  }
  return libraries
}

async function npmFolder(): Promise<string> {
  const script = process.env['npm_execpath'] ?? (await realpath(await which('npm')))
  return dirname(dirname(script))
}

/** Which registry npm asks on this machine, and which certificates it takes: of its settings, only these two. */
async function npmSettings(npm: string): Promise<{ readonly registry: string; readonly cafile: string }> {
  const setting = (name: string) =>
    run(process.execPath, [join(npm, 'bin', 'npm-cli.js'), 'config', 'get', name])
  const [registry, cafile] = await Promise.all([setting('registry'), setting('cafile')])
  const places = [cafile, process.env['NODE_EXTRA_CA_CERTS'], '/etc/ssl/certs/ca-certificates.crt']
  for (const place of places)
    if (place !== undefined && (await there(place))) return { registry, cafile: place }
  throw new Error('there are no CA certificates on this machine')
}

function which(program: string): Promise<string> {
  return run('sh', ['-c', 'command -v "$1"', 'sh', program])
}

function there(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
