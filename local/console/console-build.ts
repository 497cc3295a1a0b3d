import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConsoleFile } from '../../lambdas/console/console-answer.ts'

/** The entry of the console's own code, beside its page. */
export const consoleEntry = 'main.tsx'

/** Files that are sent as they are written. */
const plainFiles = ['index.html', 'icon.svg']

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** A file as it is sent. @param name its kind is told by its end */
export function consoleFile(name: string, body: Uint8Array): ConsoleFile {
  const contentType = contentTypes[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
  return {
    contentType,
    body,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  }
}

/**
 * Build the console: one script, one style sheet, its page and its icon.
 * @param source the folder `console/` @returns the files by name
 */
export async function buildConsole(source: string): Promise<Map<string, Uint8Array>> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    absWorkingDir: source,
    entryPoints: [
      { in: consoleEntry, out: 'console' },
      { in: 'style/all.css', out: 'console' },
    ],
    bundle: true,
    minify: true,
    write: false,
    outdir: source,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'inline',
    logLevel: 'warning',
  })
  const built = new Map<string, Uint8Array>()
  for (const { path, contents } of outputFiles) built.set(path.slice(source.length + 1), contents)
  for (const name of plainFiles) built.set(name, await readFile(join(source, name)))
  return built
}
