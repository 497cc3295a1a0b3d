/**
 * What is published is built JavaScript, since Node reads no TypeScript under node_modules: `npm pack` runs `build`
 * before it packs and `restore` after it.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { buildConsole } from '../local/console/console-build.ts'

const repository = join(import.meta.dirname, '..')
const manifest = join(repository, 'package.json')
/** The repository's own manifest, while the published one stands in its place. */
const setAside = join(repository, 'package.source.json')
const dist = join(repository, 'dist')

/** Read as files, by paths relative to the code: dist/ is laid out as the repository is. */
const carried = ['model-templates', join('examples', 'iris')]
const noPart = /(?:^|[\\/])(?:node_modules|__pycache__)(?:[\\/]|$)/

/**
 * The library once more as CommonJS: jest, with which CDK apps are tested, runs no ES modules by itself. In this folder
 * the paths hold that its modules make from where they stand.
 */
const commonJs = 'dist/lib/constructs/index.cjs'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** ES modules without a CommonJS form, which `require` cannot have everywhere: they are part of the library's. */
const modulesOnly = new Set(['@noble/hashes', 'canonicalize'])

/** The manifest of the published package, made from the repository's. */
export function publishedManifest(source: Manifest): Manifest {
  const { private: _, scripts: _scripts, allowScripts: _allow, devDependencies: _dev, ...kept } = source
  // Brought along for people who work on Sluice; whoever installs the package has a Node already.
  const { node: _node, ...optional } = source.optionalDependencies
  // Its install script reaches for CUDA; an app that only synthesizes must install where it cannot.
  const { 'onnxruntime-node': onnx = '', ...dependencies } = source.dependencies
  return {
    ...kept,
    keywords: ['awscdk', 'aws-cdk', 'machine-learning', 'model-serving', 'onnx', 'canary', 'rollback'],
    bin: { sluice: 'dist/bin/sluice.js' },
    exports: {
      '.': { types: './dist/lib/index.d.ts', require: `./${commonJs}`, default: './dist/lib/index.js' },
      './package.json': './package.json',
    },
    // Pictures of the console are for people who read the repository: whoever installs it has the console.
    files: ['dist', 'docs', '!docs/console', 'terraform'],
    dependencies,
    optionalDependencies: { ...optional, 'onnxruntime-node': onnx },
  }
}

/** Fill dist/, then put the published manifest in the place of the repository's. */
async function build(): Promise<void> {
  restore()
  rmSync(dist, { recursive: true, force: true })
  const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  // The compiler turns `.ts` into `.js` in what runs, and leaves it in declarations.
  for (const path of globSync('**/*.d.ts', { cwd: dist })) {
    const place = join(dist, path)
    if (!path.startsWith('lib')) rmSync(place)
    else
      writeFileSync(
        place,
        readFileSync(place, 'utf8').replaceAll(/(['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'),
      )
  }
  buildSync({
    absWorkingDir: repository,
    entryPoints: ['lib/index.ts'],
    outfile: commonJs,
    bundle: true,
    external: requirable(),
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    logLevel: 'warning',
  })
  for (const path of carried)
    cpSync(join(repository, path), join(dist, path), {
      recursive: true,
      filter: (from) => !noPart.test(from.slice(repository.length)),
    })
  await publishConsole()
  const published = publishedManifest(JSON.parse(readFileSync(manifest, 'utf8')))
  renameSync(manifest, setAside)
  writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`)
}

/** The console as it is sent: whoever installs the package has none of what it is made with. */
async function publishConsole(): Promise<void> {
  const folder = join(dist, 'console')
  mkdirSync(folder, { recursive: true })
  for (const [name, body] of await buildConsole(join(repository, 'console')))
    writeFileSync(join(folder, name), body)
}

/** What the library's CommonJS form takes from where it is installed. */
function requirable(): string[] {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(manifest, 'utf8'))
  return Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !modulesOnly.has(name))
}

/** Bring the repository's manifest back; also the one that a killed run left aside. */
function restore(): void {
  if (existsSync(setAside)) renameSync(setAside, manifest)
}

if (import.meta.main) {
  const [verb] = process.argv.slice(2)
  if (verb === 'build') await build()
  else if (verb === 'restore') restore()
  else throw new Error(`package.ts knows build and restore, got: '${verb}'`)
}
