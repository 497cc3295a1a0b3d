import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Run a script beside the cases, in whatever language. @returns the JSON that it printed */
export async function madeBy<T>(command: string, script: string, ...args: readonly string[]): Promise<T> {
  const { stdout } = await run(command, [join(import.meta.dirname, script), ...args], {
    maxBuffer: 1 << 26,
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONWARNINGS: 'ignore' },
  })
  return JSON.parse(stdout) as T
}
