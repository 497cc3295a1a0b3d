import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What the processes of a group take up. */
export interface GroupSize {
  readonly residentMb: number
  readonly processes: number
}

interface Row {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly residentMb: number
}

/** A table of all processes takes milliseconds to make: it is good for so long, unless many have come since. */
const goodForMs = 5000
const manyTasks = 32
/** Pages of Linux, on all that it runs on here. */
const pageMb = 4096 / 2 ** 20

let table: readonly Row[] = []
let readAt = Number.NEGATIVE_INFINITY
let tasksThen = 0

/**
 * Measure a process, its descendants and all of its group: who forks twice is no descendant any more. Without /proc
 * what is known is up to five seconds old.
 * @returns undefined where the system does not tell
 */
export function groupSize(leader: number): GroupSize | undefined {
  refreshTable()
  const known = new Map(membersOf(leader).map((row) => [row.pid, row.residentMb]))
  const sizes = new Map(known)
  for (const pid of [leader, ...known.keys()]) measure(pid, sizes)
  if (sizes.size === 0) return undefined
  return { residentMb: [...sizes.values()].reduce((sum, size) => sum + size, 0), processes: sizes.size }
}

/** What a process takes now, and the children that have come since the table. */
function measure(pid: number, sizes: Map<number, number>): void {
  try {
    sizes.set(pid, Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageMb)
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').match(/\d+/g) ?? []
    for (const child of children.map(Number)) if (!sizes.has(child)) measure(child, sizes)
  } catch {
    // It has ended, or the system has no /proc.
    if (hasProc()) sizes.delete(pid)
  }
}

function membersOf(leader: number): readonly Row[] {
  const members = new Set([leader])
  // A child mostly has a higher number than its parent, and stands behind it; what does not is in the group all the same.
  for (const { pid, parent, group } of table) if (group === leader || members.has(parent)) members.add(pid)
  return table.filter(({ pid }) => members.has(pid))
}

function refreshTable(): void {
  const tasks = tasksNow()
  const isGood = performance.now() - readAt < goodForMs && tasks <= tasksThen + manyTasks
  tasksThen = isGood ? Math.min(tasks, tasksThen) : tasks
  if (isGood) return
  readAt = performance.now()
  if (hasProc()) table = numbered().flatMap(rowOf)
  else
    execFile('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss='], (_, text) => {
      table = text.split('\n').flatMap(rowOfPs)
    })
}

/** Threads of the whole system: a number that is cheap to have; 0 where the system does not tell. */
function tasksNow(): number {
  try {
    return Number(/\/(\d+) /.exec(readFileSync('/proc/loadavg', 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function hasProc(): boolean {
  return existsSync('/proc/self/stat')
}

/** The command line of a process; '' where there is none. */
export function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return ''
  }
}

/** The processes in whose environment a text stands; none where the system does not tell (only Linux does). */
export function processesMarked(text: string): number[] {
  return numbered().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text)
    } catch {
      return false
    }
  })
}

function numbered(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function rowOf(pid: number): Row[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in parentheses, may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [, parent, group] = fields.map(Number)
    return [{ pid, parent: parent ?? 0, group: group ?? 0, residentMb: Number(fields[21]) * pageMb }]
  } catch {
    return []
  }
}

function rowOfPs(line: string): Row[] {
  const [pid = 0, parent = 0, group = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number)
  return pid > 0 ? [{ pid, parent, group, residentMb: kilobytes / 1024 }] : []
}
