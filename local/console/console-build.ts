import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { consoleBuildOptions, plainConsoleFiles } from '../../lib/wiring/console-bundle.ts'

/**
 * Build the console: one script, one style sheet, its page and its icon.
 * @param source the folder `console/` @returns the files by name
 */
export async function buildConsole(source: string): Promise<Map<string, Uint8Array>> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build(consoleBuildOptions(source))
  const built = new Map<string, Uint8Array>()
  for (const { path, contents } of outputFiles) built.set(path.slice(source.length + 1), contents)
  for (const name of plainConsoleFiles) built.set(name, await readFile(join(source, name)))
  return built
}
