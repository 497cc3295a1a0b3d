/**
 * `npm run jsii [-- CHECKOUT]`: hold the public API of lib/index.ts to jsii's rules, which let a construct be used from Python, Java,
 * C# and Go. jsii knows neither imports that end in `.ts` nor a package that it does not generate itself, so it is
 * given a copy of what the API reaches; lines and columns are those of the source.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ts from 'typescript'

const repository = join(import.meta.dirname, '..')

/** Every file that a file imports, itself included, by their paths from a root. */
function reached(root: string, path: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(path)) return found
  found.add(path)
  for (const { fileName } of ts.preProcessFile(readFileSync(join(root, path), 'utf8')).importedFiles)
    if (fileName.startsWith('.')) reached(root, join(dirname(path), fileName), found)
  return found
}

/** jsii takes a compiler's options from its own list, unless told where others are; these read what the source says. */
const tsconfig = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.error'],
    module: 'node20',
    types: ['node'],
    declaration: true,
    inlineSourceMap: true,
    inlineSources: true,
    strict: true,
    skipLibCheck: true,
    noEmitOnError: true,
  },
  include: ['lib/**/*.ts'],
  exclude: ['node_modules'],
}

/**
 * What jsii says of the library.
 * @param root the folder that holds lib/ @returns its words, and the number of types of the API where nothing is wrong
 */
export function checkedByJsii(root = repository): { readonly said: string; readonly types: number } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-jsii-'))
  try {
    copyForJsii(root, folder)
    const compiler = join(repository, 'node_modules', 'jsii', 'bin', 'jsii')
    const { status, stdout, stderr } = spawnSync(process.execPath, [compiler], {
      cwd: folder,
      encoding: 'utf8',
    })
    const said = `${stderr}${stdout}`.trim()
    if (status !== 0) return { said, types: 0 }
    const { types } = JSON.parse(readFileSync(join(folder, '.jsii'), 'utf8')) as { types: object }
    return { said, types: Object.keys(types).length }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function copyForJsii(root: string, folder: string): void {
  for (const path of reached(root, 'lib/index.ts')) {
    const source = readFileSync(join(root, path), 'utf8')
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    // As long as before, so that places in the file stay what they are.
    writeFileSync(join(folder, path), source.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"))
  }
  const { name, version, description, license, peerDependencies, devDependencies } = JSON.parse(
    readFileSync(join(repository, 'package.json'), 'utf8'),
  )
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    main: 'lib/index.js',
    types: 'lib/index.d.ts',
    // Neither is in the repository's manifest, and jsii asks for both; nothing of this is published.
    author: { name: 'Sluice', url: 'https://sluice.invalid' },
    repository: { url: 'https://sluice.invalid/sluice.git' },
    jsii: { outdir: 'dist', targets: {}, tsconfig: 'tsconfig.json', validateTsconfig: 'minimal' },
    peerDependencies,
    devDependencies: Object.fromEntries(
      Object.keys(peerDependencies).map((peer) => [peer, devDependencies[peer]]),
    ),
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  cpSync(join(repository, 'README.md'), join(folder, 'README.md'))
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
}

if (import.meta.main) {
  const { said, types } = checkedByJsii(process.argv[2])
  if (said !== '') console.log(said)
  if (types === 0) process.exitCode = 1
  else console.log(`jsii takes the API: ${types} types`)
}
