import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { builtConsole, type ConsoleFiles, consoleFile } from '../../lambdas/console/console-files.ts'
import { consoleEntry } from '../../lib/wiring/console-bundle.ts'
import { buildConsole } from './console-build.ts'

const folder = join(import.meta.dirname, '..', '..', 'console')

let known: Promise<ConsoleFiles> | undefined

/**
 * The console's files, read or made when somebody first asks for one: a published package holds them built; a checkout
 * holds their source, and the tenth of a second that building takes is no part of a start.
 */
export function consoleFiles(): Promise<ConsoleFiles> {
  known ??= filesIn(folder).catch((error) => {
    known = undefined
    throw error
  })
  return known
}

async function filesIn(place: string): Promise<ConsoleFiles> {
  if (!existsSync(join(place, consoleEntry))) return builtConsole(place)
  return new Map([...(await buildConsole(place))].map(([name, body]) => [name, consoleFile(name, body)]))
}
