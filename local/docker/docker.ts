import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How a command of docker's command line ended. */
export interface DockerEnd {
  readonly ok: boolean
  readonly stdout: string
  /** Every line of both outputs, as they came; the last thousands of them. */
  readonly lines: readonly string[]
}

interface DockerOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Ends the command. */
  readonly signal?: AbortSignal
  /** Hears each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void
}

const mostLines = 5000

/** Nobody has docker's command line on this machine. */
export class NoDocker extends Error {
  override readonly name = 'NoDocker'
}

/**
 * Run a command of docker's command line, which finds the engine as people's own commands do: by DOCKER_HOST, its
 * context, its usual place. Arguments are handed over one by one: no shell reads them.
 * @throws NoDocker
 */
export async function docker(
  args: readonly string[],
  { env = {}, signal, onLine }: DockerOptions = {},
): Promise<DockerEnd> {
  signal?.throwIfAborted()
  const child = spawn('docker', args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal !== undefined && { signal }),
  })
  let stdout = ''
  let lines: string[] = []
  const hear = (line: string) => {
    lines.push(line)
    if (lines.length > 2 * mostLines) lines = lines.slice(-mostLines)
    onLine?.(line)
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < 1 << 22) stdout += text
  })
  createInterface(child.stdout).on('line', hear)
  createInterface(child.stderr).on('line', hear)
  return new Promise((resolve, reject) => {
    let fault: NodeJS.ErrnoException | undefined
    child.once('error', (error: NodeJS.ErrnoException) => {
      fault = error
      if (child.pid === undefined) reject(error.code === 'ENOENT' ? new NoDocker(error.message) : error)
    })
    child.once('close', (code) => {
      if (fault === undefined) resolve({ ok: code === 0, stdout: stdout.trim(), lines })
      else reject(fault)
    })
  })
}

/** What docker itself says of why something could not be done, in one line. */
export function dockersWords({ lines }: Pick<DockerEnd, 'lines'>): string {
  const said = lines.filter((line) => line.trim() !== '' && !/^(?:WARNING|DEPRECATED|See ')/.test(line))
  return (said.at(-1) ?? 'it gave no reason').replace(/^(?:docker: )?Error response from daemon: /, '')
}
