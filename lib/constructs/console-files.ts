import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildSync } from 'esbuild'
import { consoleBuildOptions, consoleEntry, plainConsoleFiles } from '../wiring/console-bundle.ts'

const source = join(import.meta.dirname, '..', '..', 'console')

/** Put the console's files into a folder: a published package has them built, a checkout has their source. */
export function putConsole(folder: string): void {
  if (!existsSync(join(source, consoleEntry))) {
    cpSync(source, folder, { recursive: true })
    return
  }
  mkdirSync(folder)
  for (const { path, contents } of buildSync(consoleBuildOptions(source)).outputFiles)
    writeFileSync(join(folder, basename(path)), contents)
  for (const name of plainConsoleFiles) cpSync(join(source, name), join(folder, name))
}
