import { Problem } from '../../lib/rules/problem.ts'
import { pathUnknown, type Reply } from '../problem-answer.ts'

/** A file of the console as it is sent. */
export interface ConsoleFile {
  readonly contentType: string
  readonly body: Uint8Array
  /** As the header says it, quoted. */
  readonly etag: string
}

/** The files of the console by name: `index.html` and what it loads. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>

const root = '/console'

/** The page and its files hold no secret and open to everybody; what they show is asked of the API, with its rights. */
export function isConsolePath(path: string): boolean {
  return path === root || path.startsWith(`${root}/`)
}

/** Nothing is run, drawn or asked but what comes from here; no other page shows this one in a frame. */
const pageHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  // Asked for each time, and answered with 304: a new version of the platform shows its own console.
  'Cache-Control': 'no-cache',
} as const

/**
 * A request for the console. A path without a file of its own is one of the page's: it reads the path itself.
 * @param ifNoneMatch the header of that name @throws Problem `path-unknown`
 */
export function consoleAnswer(
  files: ConsoleFiles,
  { method, path, ifNoneMatch }: { method: string; path: string; ifNoneMatch: string | undefined },
): Reply {
  if (method !== 'GET' && method !== 'HEAD') throw pathUnknown(method, path)
  if (path === root) return { status: 308, headers: { Location: `${root}/` }, body: '' }
  const name = path.slice(root.length + 1)
  const isFile = /^[^/]+\.[a-z]+$/.test(name)
  const file = files.get(isFile ? name : 'index.html')
  if (file === undefined) throw isFile ? pathUnknown(method, path) : notBuilt()
  const headers = { ...pageHeaders, ETag: file.etag }
  if (ifNoneMatch?.split(',').some((one) => one.trim() === file.etag) === true)
    return { status: 304, headers, body: '' }
  return { status: 200, headers: { ...headers, 'Content-Type': file.contentType }, body: file.body }
}

function notBuilt(): Problem {
  return new Problem('path-unknown', 'the console is no part of this platform')
}
