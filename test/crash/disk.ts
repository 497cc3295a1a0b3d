import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A small disk of its own, which can be filled, and made one that can only be read. */
export interface SmallDisk {
  readonly path: string
  /** Fill it to the last byte. @param leaveBytes what is left free */
  fill(leaveBytes?: number): void
  /** Make room again. */
  empty(): void
  remount(how: 'ro' | 'rw'): void
  unmount(): void
}

/**
 * Why no disk can be made here; undefined where one can. Said once; a machine that judges may not go without.
 * @throws Error in CI
 */
export function whyNoDisk(): string | undefined {
  const why = reason()
  if (why === undefined) return undefined
  if (process.env['CI']) throw new Error(`no disk can be filled here: ${why}`)
  process.stderr.write(`Tests with a disk of their own are skipped: ${why}.\n`)
  return why
}

function reason(): string | undefined {
  if (process.platform !== 'linux') return 'tmpfs is mounted on Linux only'
  if (process.getuid?.() !== 0) return 'only root may mount a disk'
  try {
    // A mount in a namespace of its own shows whether this root may mount, and leaves nothing behind.
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'this root may not mount'
  }
}

/** Mount a disk of so many megabytes. */
export function mounted(path: string, megabytes: number): SmallDisk {
  mkdirSync(path, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  const filler = join(path, 'filler')
  return {
    path,
    fill(leaveBytes = 0) {
      const file = openSync(filler, 'w')
      for (let size = 1 << 20; size >= 1; size >>= 1)
        try {
          for (;;) writeSync(file, Buffer.alloc(size))
        } catch (error) {
          if (!Error.isError(error) || !('code' in error) || error.code !== 'ENOSPC') throw error
        }
      closeSync(file)
      truncateSync(filler, statSync(filler).size - leaveBytes)
    },
    empty: () => rmSync(filler, { force: true }),
    remount: (how) => execFileSync('mount', ['-o', `remount,${how}`, path]),
    unmount: () => execFileSync('umount', ['--lazy', path]),
  }
}
