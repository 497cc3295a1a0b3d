import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of the console as it is sent. */
export interface ConsoleFile {
  readonly contentType: string
  readonly body: Uint8Array
  /** As the header says it, quoted. */
  readonly etag: string
}

/** The files of the console by name: `index.html` and what it loads. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** A file as it is sent. @param name its kind is told by its end */
export function consoleFile(name: string, body: Uint8Array): ConsoleFile {
  const contentType = contentTypes[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
  return { contentType, body, etag: etagOf(body) }
}

export function etagOf(body: Uint8Array | string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
}

/** The files of a console that was built. @param place a folder; where there is none, there is no console */
export async function builtConsole(place: string): Promise<ConsoleFiles> {
  if (!existsSync(place)) return new Map()
  const names = await readdir(place)
  const bodies = await Promise.all(names.map((name) => readFile(join(place, name))))
  return new Map(names.map((name, i) => [name, consoleFile(name, bodies[i] ?? new Uint8Array())]))
}
