import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { type Beginning, type Begun, codeOf, endInWords } from './begun-process.ts'
import { confinementHere } from './confinement.ts'
import type { Launch } from './launch.ts'

/**
 * The one place where a command of a model is spawned: confined, as the leader of a group of its own, with a standard
 * input that ends with this process.
 */
export function spawnCommand(
  { command }: Pick<Launch, 'command'>,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): ChildProcessByStdio<Writable, Readable, Readable> {
  const confined = confinementHere().confined({ command, args })
  const child = spawn(confined.command, confined.args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env,
  })
  // Where it has gone, nobody reads what it was told.
  child.stdin.on('error', () => {})
  return child
}

/** Begin a server as a command of its own. */
export function spawnServer({ launch, args, env, born, says }: Beginning): Begun {
  const child = spawnCommand(launch, args, env)
  says(child.stdout)
  says(child.stderr)
  if (child.pid !== undefined) born(child.pid)
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  child.once('error', (error) => resolve(`it could not be started (${codeOf(error)})`))
  child.once('exit', (code, signal) => resolve(endInWords(code, signal)))
  return {
    ended,
    heard: new Promise((heard) => child.once('close', heard)),
    terminate: () => child.kill('SIGTERM'),
    letGo: () => {
      child.stdout.destroy()
      child.stderr.destroy()
    },
  }
}
