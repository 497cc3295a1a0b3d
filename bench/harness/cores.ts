import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program and its arguments, bound to one core where this machine has taskset. */
export function onCore(
  core: number | undefined,
  program: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  if (core === undefined || !isInstalled('taskset')) return [program, args]
  return ['taskset', ['--cpu-list', `${core}`, program, ...args]]
}

/** Whether a program is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
