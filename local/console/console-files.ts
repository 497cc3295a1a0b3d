import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConsoleFiles } from '../../lambdas/console/console-answer.ts'
import { buildConsole, consoleEntry, consoleFile } from './console-build.ts'

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
  const files = existsSync(join(place, consoleEntry)) ? await buildConsole(place) : await readBuilt(place)
  return new Map([...files].map(([name, body]) => [name, consoleFile(name, body)]))
}

async function readBuilt(place: string): Promise<Map<string, Uint8Array>> {
  if (!existsSync(place)) return new Map()
  const names = await readdir(place)
  const bodies = await Promise.all(names.map((name) => readFile(join(place, name))))
  return new Map(names.map((name, i) => [name, bodies[i] ?? new Uint8Array()]))
}
