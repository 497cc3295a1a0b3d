import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How a program ended. */
export interface Ended {
  /** Whether it said that all went well. */
  readonly ok: boolean
  readonly stdout: string
  readonly stderr: string
}

/** How the system says that there is nothing to run under a name. */
const absent = new Set<string | undefined>(['ENOENT', 'EACCES', 'ENOEXEC'])

interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Ends the program. */
  readonly signal?: AbortSignal
  /** Hears each line of stderr as it comes. */
  readonly onLine?: (line: string) => void
}

/**
 * Run a program to its end.
 * @returns undefined where there is no such program
 * @throws what the system says of it otherwise, and where it was ended by the signal
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { env, cwd, signal, onLine }: RunOptions,
): Promise<Ended | undefined> {
  signal?.throwIfAborted()
  const child = spawn(command, args, { env, cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text
  })
  createInterface(child.stderr).on('line', (line) => {
    said.stderr += `${line}\n`
    onLine?.(line)
  })
  return new Promise((resolve, reject) => {
    let fault: NodeJS.ErrnoException | undefined
    child.once('error', (error: NodeJS.ErrnoException) => {
      fault = error
      // One that was ended by the signal still closes: until then it may write.
      if (child.pid !== undefined) return
      if (absent.has(error.code)) resolve(undefined)
      else reject(error)
    })
    child.once('close', (code) => {
      if (fault === undefined) resolve({ ok: code === 0, ...said })
      else reject(fault)
    })
  })
}
