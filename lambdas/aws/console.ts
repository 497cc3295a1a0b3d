import { join } from 'node:path'
import { handle } from 'hono/aws-lambda'
import { builtConsole, type ConsoleFiles } from '../console/console-files.ts'
import { consoleDoor } from './console-door.ts'
import { setting } from './settings.ts'

let files: Promise<ConsoleFiles> | undefined

/** They lie beside this file in its bundle. */
function bundledFiles(): Promise<ConsoleFiles> {
  files ??= builtConsole(join(import.meta.dirname, 'console'))
  return files
}

export const handler = handle(consoleDoor(bundledFiles, setting('callers') as 'keys' | 'jwt'))
