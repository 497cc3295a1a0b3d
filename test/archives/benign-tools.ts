import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { pack } from 'tar-stream'
import type { ArchiveEnding } from '../../lib/rules/archive/archive-kind.ts'
import { type Folder, folders } from './benign-folders.ts'

/** An archive that a tool made of a folder. */
export interface Made {
  readonly tool: string
  readonly folder: Folder
  readonly ending: ArchiveEnding
  readonly bytes: Uint8Array
}

const run = promisify(execFile)

interface Tool {
  readonly name: string
  readonly ending: ArchiveEnding
  /** Has no place for long names and other letters. */
  readonly old?: true
  make(folder: string, archive: string): Promise<unknown>
}

const tarTools: readonly Tool[] = (['gnu', 'pax', 'ustar', 'v7'] as const).map((format) => ({
  name: `tar --format=${format}`,
  ending: '.tar.gz',
  ...((format === 'ustar' || format === 'v7') && { old: true }),
  make: (folder, archive) => run('tar', ['-czf', archive, `--format=${format}`, '-C', folder, '.']),
}))

const zipTools: readonly Tool[] = [[], ['-0'], ['-D'], ['-X', '-fd']].map((options) => ({
  name: ['zip -r', ...options].join(' '),
  ending: '.zip',
  make: (folder, archive) => run('zip', ['-qr', ...options, archive, '.'], { cwd: folder }),
}))

const pythonTools = [
  ['ustar', '.tar.gz'],
  ['gnu', '.tar.gz'],
  ['pax', '.tar.gz'],
  ['stored', '.zip'],
  ['deflated', '.zip'],
  ['zip64', '.zip'],
  ['streamed', '.zip'],
] as const

/** Write every folder out, and pack it with every tool that is here. @param missing told which is not */
export async function madeByTools(place: string, missing: (tool: string) => void): Promise<Made[]> {
  const laid = await Promise.all(folders.map((folder, i) => layOut(join(place, `${i}`), folder)))
  const made: Made[] = []
  for (const tools of [tarTools, zipTools]) {
    const [first] = tools
    if (first === undefined || !(await isHere(first))) missing(first?.name ?? 'a tool')
    else
      for (const tool of tools)
        for (const [i, folder] of folders.entries())
          if (!(tool.old && folder.modern)) made.push(await madeBy(tool, laid[i] ?? '', folder))
  }
  made.push(...(await madeByPython(laid, missing)), ...(await madeByLibraries()))
  return made
}

async function layOut(place: string, { files }: Folder): Promise<string> {
  const root = join(place, 'release')
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
  return root
}

async function isHere({ name }: Tool): Promise<boolean> {
  return run(name.split(' ')[0] ?? '', ['--version']).then(
    () => true,
    () => false,
  )
}

let archives = 0
function newArchive(laid: string, ending: ArchiveEnding): string {
  archives += 1
  return join(dirname(laid), `${archives}${ending}`)
}

async function madeBy(tool: Tool, laid: string, folder: Folder): Promise<Made> {
  const archive = newArchive(laid, tool.ending)
  await tool.make(laid, archive)
  return { tool: tool.name, folder, ending: tool.ending, bytes: await readFile(archive) }
}

async function madeByPython(laid: readonly string[], missing: (tool: string) => void): Promise<Made[]> {
  const jobs = pythonTools.flatMap(([how, ending]) =>
    folders.map((folder, i) => ({
      how,
      ending,
      of: folder,
      folder: laid[i] ?? '',
      archive: newArchive(laid[i] ?? '', ending),
    })),
  )
  // Python's ustar has no place for long names either.
  const possible = jobs.filter(({ how, of }) => !(how === 'ustar' && of.modern))
  const python = spawn('python3', [join(import.meta.dirname, 'pack.py')])
  python.stdin
    .on('error', () => undefined)
    .end(JSON.stringify(possible.map(({ how, folder, archive }) => ({ how, folder, archive }))))
  const [code] = await once(python, 'exit').catch((error) => [error])
  if (code !== 0) {
    missing('python3')
    return []
  }
  return Promise.all(
    possible.map(async ({ how, ending, of, archive }) => ({
      tool: `Python, ${how}`,
      folder: of,
      ending,
      bytes: await readFile(archive),
    })),
  )
}

async function madeByLibraries(): Promise<Made[]> {
  const bytesOf = (content: string | Uint8Array) => Buffer.from(content as string)
  return Promise.all(
    folders.flatMap((folder) => {
      const entries = Object.entries(folder.files)
      const tar = async () => {
        const packing = pack()
        for (const [name, content] of entries) packing.entry({ name }, bytesOf(content))
        packing.finalize()
        return gzipSync(await buffer(packing))
      }
      const zip = async () => zipSync(Object.fromEntries(entries.map(([name, c]) => [name, bytesOf(c)])))
      return [
        tar().then((bytes): Made => ({ tool: 'tar-stream', folder, ending: '.tar.gz', bytes })),
        zip().then((bytes): Made => ({ tool: 'fflate', folder, ending: '.zip', bytes })),
      ]
    }),
  )
}
