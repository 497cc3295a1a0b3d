import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = join(import.meta.dirname, '..', '..', '..', '.cache')

/**
 * Packages from PyPI, in an environment of their own under .cache, complete or absent. Made once. They are run by
 * `python -m`: the scripts beside it name the folder where they were installed first.
 * @returns the environment's python
 */
export async function pythonWith(name: string, requirements: readonly string[]): Promise<string> {
  const key = requirements.join('+').replaceAll(/[^a-z0-9.+=-]/gi, '_')
  const place = join(cache, `${name}-${key}`)
  const python = join(place, 'bin', 'python')
  if (existsSync(place)) return python
  const draft = `${place}.draft-${process.pid}`
  await mkdir(cache, { recursive: true })
  await run('python3', ['-m', 'venv', draft])
  await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...requirements], {
    timeout: 600_000,
  })
  await rename(draft, place).catch(() => rm(draft, { recursive: true, force: true }))
  return python
}
