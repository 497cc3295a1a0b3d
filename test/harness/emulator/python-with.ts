import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { madeOnce } from '../containers/made-once.ts'

const run = promisify(execFile)

/**
 * Packages from PyPI, in an environment of their own, made once a checkout; what of
 * them is used compiles as it is used, which is little of them. They are run by `python -m`: the scripts
 * beside it name the folder where they were installed first.
 * @returns the environment's python
 */
export async function pythonWith(name: string, requirements: readonly string[]): Promise<string> {
  const key = requirements.join('+').replaceAll(/[^a-z0-9.+=-]/gi, '_')
  const folder = await madeOnce(`${name}-${key}`, async (draft) => {
    await run('python3', ['-m', 'venv', draft])
    await run(
      join(draft, 'bin', 'python'),
      ['-m', 'pip', 'install', '--quiet', '--no-compile', ...requirements],
      {
        timeout: 600_000,
      },
    )
  })
  return join(folder, 'bin', 'python')
}
