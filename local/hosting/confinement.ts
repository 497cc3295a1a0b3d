import { spawnSync } from 'node:child_process'

/** A program and its arguments. */
interface Command {
  readonly command: string
  readonly args: readonly string[]
}

/** How far model processes can be confined on this machine. */
export interface Confinement {
  /** Why they can reach the network all the same; undefined where they cannot. */
  readonly openBecause?: string
  /** The command that starts a server confined: the process that comes of it has the same id. */
  confined(command: Command): Command
}

const probeMs = 5000
let known: Confinement | undefined

/**
 * Look, once, how model processes can be cut off the network: on Linux in a network namespace of their own, which has
 * no way out and no loopback. Sockets in the file system, by which they are spoken to, pass through.
 */
export function confinementHere(): Confinement {
  known ??= look()
  return known
}

function look(): Confinement {
  const open = (openBecause: string) => ({ openBecause, confined: (command: Command) => command })
  if (process.platform !== 'linux') return open(`${process.platform} has no network namespaces`)
  // Root keeps its own users: in a namespace of users it could not read what belongs to others.
  const flags = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-current-user', '--net']
  const { status, error, stderr } = spawnSync('unshare', [...flags, 'true'], {
    encoding: 'utf8',
    timeout: probeMs,
  })
  if (error !== undefined) return open('there is no unshare (util-linux) on the PATH')
  if (status !== 0)
    return open(`this system allows no network namespaces: ${stderr.trim().split('\n').at(-1)}`)
  return {
    confined: ({ command, args }) => ({ command: 'unshare', args: [...flags, '--', command, ...args] }),
  }
}
