import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findInterpreter } from '../../../local/environments/python/interpreter.ts'
import { pipSettingsForUv } from '../../../local/environments/python/pip-settings.ts'
import { madeOnce } from '../containers/made-once.ts'

const run = promisify(execFile)
const timeout = 600_000

/**
 * Packages from PyPI, in an environment of their own, made once a checkout. They are run by `python -m`: the scripts
 * beside it name the folder where they were installed first, and there is no pip in it. Installed by uv, which takes a
 * tenth of pip's time; what of them is used compiles as it is used, which is little.
 * @returns the environment's python
 */
export async function pythonWith(name: string, requirements: readonly string[]): Promise<string> {
  const folder = await madeOnce(placeOf(name, requirements), async (draft) => {
    const [uv, python] = [await uvProgram(), await findInterpreter(process.env)]
    const env = { ...process.env, ...(await pipSettingsForUv(python, process.env)) }
    await run(python.path, ['-m', 'venv', '--without-pip', draft])
    const into = ['--quiet', '--python', join(draft, 'bin', 'python')]
    await run(uv, ['pip', 'install', ...into, ...requirements], { timeout, env })
  })
  return join(folder, 'bin', 'python')
}

/** uv itself, which pip installs. @returns its path */
export async function uvProgram(): Promise<string> {
  const wanted = 'uv>=0.9,<1'
  const folder = await madeOnce(placeOf('uv', [wanted]), async (draft) => {
    await run('python3', ['-m', 'venv', draft])
    await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', wanted], { timeout })
  })
  return join(folder, 'bin', 'uv')
}

function placeOf(name: string, requirements: readonly string[]): string {
  return `${name}-${requirements.join('+').replaceAll(/[^a-z0-9.+=-]/gi, '_')}`
}
