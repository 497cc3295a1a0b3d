import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runtimes } from '../rules/manifest.ts'

/** The folder of every runtime's server and Dockerfile. */
export const modelTemplates = join(import.meta.dirname, '..', '..', 'model-templates')

/** What a runtime's dependency images are made of. */
interface RuntimeTemplate {
  /** Its files and the processor in one word. */
  readonly arm64: string
  readonly x86_64: string
  /** Its Dockerfile can make a lock of what a version asks for; for others that is the lock. @default false */
  readonly resolves?: boolean
}

/** What is no part of an image, as patterns of .gitignore: what shows how a template is used, and what running it leaves. */
export const noPart: string[] = ['node_modules', '__pycache__', 'example', 'examples', 'test', 'README.md']

/** The runtimes that can be built: those whose template has a Dockerfile. */
export function builtRuntimes(): string[] {
  return runtimes.filter((runtime) => existsSync(join(modelTemplates, runtime, 'Dockerfile')))
}

export function runtimeTemplate(runtime: string): RuntimeTemplate {
  const folder = join(modelTemplates, runtime)
  const files = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.split(/[\\/]/).some((part) => noPart.includes(part)))
    .toSorted()
  const keyOf = (architecture: string) => {
    const hash = createHash('sha256').update(architecture)
    for (const path of files) hash.update(`\n${path}\n`).update(readFileSync(join(folder, path)))
    return hash.digest('hex').slice(0, 16)
  }
  return {
    arm64: keyOf('arm64'),
    x86_64: keyOf('x86_64'),
    ...(files.includes('resolve.sh') && { resolves: true }),
  }
}
