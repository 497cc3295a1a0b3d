import { execFileSync } from 'node:child_process'

/** A process of a model server that a test's platform started. */
export interface ModelServerProcess {
  readonly pid: number
  readonly socket: string
}

/** The model servers among the children of a process, this one's if none is named. */
export function modelServers(parent = process.pid): ModelServerProcess[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [, pid, ppid, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    const socket = /serve\.mjs serve --socket (\S+)/.exec(args)?.[1]
    return Number(ppid) === parent && socket !== undefined ? [{ pid: Number(pid), socket }] : []
  })
}

/** Whether a process is still there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
