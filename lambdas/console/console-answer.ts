import type { CalledPlatform } from '../../lib/rules/open-api.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { consoleRoutes } from '../../lib/wiring/console-routes.ts'
import { pathUnknown, type Reply } from '../problem-answer.ts'
import { type ConsoleFiles, etagOf } from './console-files.ts'

const [root] = consoleRoutes

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

export interface ConsoleRequest {
  readonly method: string
  /** Checked, and without what stands before it where the platform does not answer at the root. */
  readonly path: string
  /** The header of that name. */
  readonly ifNoneMatch: string | undefined
  /** What stands before every path of the platform, such as the stage of a REST API: `/prod`. @default '' */
  readonly base?: string
  /** How callers say who they are, which the page asks them for. @default - nobody is asked */
  readonly callers?: CalledPlatform['callers']
  /** Where programs call the platform. @default - where the page comes from */
  readonly platform?: string
}

/**
 * A request for the console. A path without a file of its own is one of the page's: it reads the path itself.
 * @throws Problem `path-unknown`
 */
export function consoleAnswer(files: ConsoleFiles, request: ConsoleRequest): Reply {
  const { method, path, ifNoneMatch } = request
  if (method !== 'GET' && method !== 'HEAD') throw pathUnknown(method, path)
  const name = path.slice(root.length + 1)
  const isFile = /^[^/]+\.[a-z]+$/.test(name)
  const file = files.get(isFile ? name : 'index.html')
  if (file === undefined) throw isFile ? pathUnknown(method, path) : notBuilt()
  const body = isFile ? file.body : pageFor(file.body, request)
  const etag = isFile ? file.etag : etagOf(body)
  const headers = { ...pageHeaders, ETag: etag }
  if (ifNoneMatch?.split(',').some((one) => one.trim() === etag) === true)
    return { status: 304, headers, body: '' }
  return { status: 200, headers: { ...headers, 'Content-Type': file.contentType }, body }
}

/** The page, with where its files are and how its reader says who it is. */
function pageFor(page: Uint8Array, { base = '', callers, platform = '' }: ConsoleRequest): string {
  const odd = [base, platform].find((one) => !/^[\w.~:/$[\]-]*$/.test(one))
  if (odd !== undefined) throw new Error(`the console would be at '${odd}'`)
  return Buffer.from(page)
    .toString()
    .replaceAll(`="${root}/`, () => `="${base}${root}/`)
    .replace('name="callers" content=""', () => `name="callers" content="${callers ?? ''}"`)
    .replace('name="platform" content=""', () => `name="platform" content="${platform}"`)
}

function notBuilt(): Problem {
  return new Problem('path-unknown', 'the console is no part of this platform')
}
